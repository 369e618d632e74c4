-- What perfext says of the load that comes row by row.
\pset footer off
\pset tuples_only on
\pset format unaligned
SELECT summary || E'\n\n' || action
FROM perfext.recommendations
WHERE kind IN ('load_batch', 'load_commit') AND subject ~ 'payments';
