-- A table in hash partitions, by another column.
-- schema: campus
-- run: 20
-- accept: visit USING btree (page)
-- accept: visit USING hash (page)

-- setup
CREATE TABLE visit (id int NOT NULL, page int NOT NULL, about text NOT NULL, PRIMARY KEY (id)) PARTITION BY HASH (id);
CREATE TABLE visit_0 PARTITION OF visit FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE visit_2 PARTITION OF visit FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE visit_3 PARTITION OF visit FOR VALUES WITH (MODULUS 4, REMAINDER 3);
INSERT INTO visit SELECT i, (random() * 9000)::int, md5(i::text) FROM generate_series(1, 200000) i;
VACUUM ANALYZE visit;
-- workload
\set p random(1, 9000)
SELECT id, about FROM visit WHERE page = :p;
