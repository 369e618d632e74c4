-- What became of the index that index.sql created.
\pset footer off
\pset linestyle unicode
SELECT status, summary AS "and what perfext measured"
FROM perfext.recommendations
WHERE kind = 'missing_index' AND status <> 'open';
