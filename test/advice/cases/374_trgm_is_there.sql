-- The trigrams have their index.
-- schema: clinic
-- run: 30
-- none: the index is there
-- obvious: patient USING gin (last_name gin_trgm_ops)

-- setup
CREATE EXTENSION pg_trgm;
CREATE INDEX ON patient USING gin (last_name gin_trgm_ops);
-- workload
\set i random(1, 29999)
SELECT id FROM patient WHERE last_name ILIKE '%' || substr(md5(:i || 'l'), 2, 6) || '%';
