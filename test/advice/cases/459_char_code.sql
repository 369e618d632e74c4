-- A code of fixed length.
-- schema: campus
-- run: 60
-- accept: part USING btree (code)
-- accept: part USING hash (code)

-- setup
CREATE TABLE part (id int PRIMARY KEY, code char(10) NOT NULL, about text NOT NULL);
INSERT INTO part SELECT i, 'P' || lpad(i::text, 8, '0'), repeat(md5(i::text), 3) FROM generate_series(1, 70000) i;
VACUUM ANALYZE part;
-- workload
\set i random(1, 70000)
SELECT id, about FROM part WHERE code = ('P' || lpad(:i::text, 8, '0'))::char(10);
