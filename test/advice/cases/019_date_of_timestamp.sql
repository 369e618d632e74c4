-- a timestamp without time zone cast to date, which is immutable
-- schema: shop
-- run: 30
-- accept: orders USING btree ((due::date))

-- workload
\set d random(0, 1000)
SELECT * FROM orders WHERE due::date = date '2023-01-01' + :d;
