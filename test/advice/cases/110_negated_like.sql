-- NOT LIKE, pg_trgm installed
-- schema: press
-- run: 20
-- none: no index serves it, and most rows match
-- obvious: article USING gin (title gin_trgm_ops)

-- workload
\set c random(1000, 9999)
SELECT count(tags), max(body) FROM article WHERE title NOT LIKE '%:c%';
