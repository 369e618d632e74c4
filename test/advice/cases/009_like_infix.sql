-- LIKE with a word in the middle, pg_trgm installed
-- schema: press
-- run: 40
-- accept: article USING gin (title gin_trgm_ops)

-- workload
\set c random(10000, 99999)
SELECT id, title, tags FROM article WHERE title LIKE '%:c%';
