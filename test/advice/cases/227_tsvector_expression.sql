-- text search in an expression
-- schema: wiki
-- run: 2
-- accept: article USING gin (to_tsvector('english'::regconfig, title))

-- workload
\set n random(0, 7000)
SELECT id, title FROM article WHERE to_tsvector('english', title) @@ to_tsquery('english', 'thing:n');
