-- A column that is computed.
-- schema: campus
-- run: 60
-- accept: invoice USING btree (gross)

-- setup
CREATE TABLE invoice (id int PRIMARY KEY, net numeric(9,2) NOT NULL, gross numeric(9,2) GENERATED ALWAYS AS (net * 1.19) STORED, about text NOT NULL);
INSERT INTO invoice (id, net, about) SELECT i, (random() * 50000)::numeric(9,2), md5(i::text) FROM generate_series(1, 80000) i;
VACUUM ANALYZE invoice;
-- workload
\set g random(0, 59000)
SELECT id, net, about FROM invoice WHERE gross BETWEEN :g AND :g + 20;
