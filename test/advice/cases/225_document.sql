-- text search in a generated tsvector
-- schema: wiki
-- run: 20
-- accept: article USING gin (document)

-- workload
\set n random(0, 3999)
SELECT id, title FROM article WHERE document @@ plainto_tsquery('english', 'word:n') LIMIT 50;
