-- A part of a name in any case; the extension is there.
-- schema: clinic
-- run: 10
-- accept: patient USING gin (last_name gin_trgm_ops)
-- accept: patient USING gist (last_name gist_trgm_ops)

-- setup
CREATE EXTENSION pg_trgm;
-- workload
\set i random(1, 29999)
SELECT id, last_name FROM patient WHERE last_name ILIKE '%' || substr(md5(:i || 'l'), 2, 6) || '%';
