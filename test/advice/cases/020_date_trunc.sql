-- date_trunc of a timestamp without time zone
-- schema: shop
-- run: 20
-- accept: orders USING btree (date_trunc('day', due))

-- workload
\set d random(0, 1000)
SELECT * FROM orders
WHERE date_trunc('day', due) = timestamp '2023-01-01' + :d * interval '1 day';
