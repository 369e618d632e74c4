-- Equality and a range: zone and day.
-- schema: freight
-- run: 60
-- accept: tariff USING btree (zone)
-- accept: tariff USING gist (valid)
-- accept: tariff USING gist (zone, valid)

-- setup
CREATE EXTENSION btree_gist;
-- workload
\set z random(1, 149)
\set d random(0, 3500)
SELECT id, price FROM tariff WHERE zone = 'zone ' || :z AND valid @> date '2015-01-01' + :d;
