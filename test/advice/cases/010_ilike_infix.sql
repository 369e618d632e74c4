-- ILIKE with a word in the middle, pg_trgm installed
-- schema: press
-- run: 20
-- accept: article USING gin (title gin_trgm_ops)

-- workload
\set c random(1000, 9999)
SELECT id, title, tags FROM article WHERE title ILIKE '%F:cA%';
