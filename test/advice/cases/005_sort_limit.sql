-- sort and limit: the largest orders
-- schema: shop
-- run: 30
-- accept: orders USING btree (total)
-- accept: orders USING btree (total DESC)

-- workload
SELECT * FROM orders ORDER BY total DESC LIMIT 10;
