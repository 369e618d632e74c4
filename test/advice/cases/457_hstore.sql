-- An attribute in an hstore.
-- schema: campus
-- run: 40
-- accept: thing USING gin (attr)
-- accept: thing USING gist (attr)

-- setup
CREATE EXTENSION hstore;
CREATE TABLE thing (id int PRIMARY KEY, attr hstore NOT NULL);
INSERT INTO thing SELECT i, hstore(ARRAY['color', 'c' || i % 700, 'size', (i % 13)::text]) FROM generate_series(1, 60000) i;
VACUUM ANALYZE thing;
-- workload
\set i random(1, 699)
SELECT id FROM thing WHERE attr @> hstore('color', 'c' || :i);
