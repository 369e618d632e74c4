-- paging by a comparison of rows
-- schema: shop
-- run: 30
-- accept: orders USING btree (due, id)
-- accept: orders USING btree (due DESC, id DESC)
-- accept: orders USING btree (due)
-- accept: orders USING btree (due DESC)

-- workload
\set d random(100, 1000)
SELECT * FROM orders
WHERE (due, id) < (timestamp '2023-01-01' + :d * interval '1 day', 100000)
ORDER BY due DESC, id DESC LIMIT 20;
