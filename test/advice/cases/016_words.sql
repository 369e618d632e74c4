-- text search in a tsvector column
-- schema: press
-- run: 40
-- accept: article USING gin (words)

-- workload
\set w random(1, 4999)
SELECT id, title FROM article WHERE words @@ plainto_tsquery('english', 'word:w text');
