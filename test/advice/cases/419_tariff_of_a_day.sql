-- The range that contains a day.
-- schema: freight
-- run: 60
-- accept: tariff USING gist (valid)

-- workload
\set d random(0, 3500)
SELECT id, zone, price FROM tariff WHERE valid @> date '2015-01-01' + :d;
