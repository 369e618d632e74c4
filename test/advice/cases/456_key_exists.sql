-- A key in a document.
-- schema: campus
-- run: 40
-- accept: doc USING gin (body)

-- setup
CREATE TABLE doc (id int PRIMARY KEY, body jsonb NOT NULL);
INSERT INTO doc SELECT i, jsonb_build_object('k' || i % 900, i, 'name', md5(i::text)) FROM generate_series(1, 60000) i;
VACUUM ANALYZE doc;
-- workload
\set i random(1, 899)
SELECT id, body->>'name' FROM doc WHERE body ? ('k' || :i);
