-- a word within a title, any case
-- schema: wiki
-- run: 6
-- accept: article USING gin (title gin_trgm_ops)
-- accept: article USING gist (title gist_trgm_ops)

-- setup
CREATE EXTENSION pg_trgm;

-- workload
\set n random(1000, 3999)
SELECT id, title FROM article WHERE title ILIKE '%WORD:n %';
