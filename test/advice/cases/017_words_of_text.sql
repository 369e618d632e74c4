-- text search in a text column
-- schema: press
-- run: 5
-- accept: article USING gin (to_tsvector('english', body))

-- workload
\set w random(1, 4999)
SELECT id, title FROM article
WHERE to_tsvector('english', body) @@ plainto_tsquery('english', 'word:w');
