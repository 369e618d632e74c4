-- a narrow range
-- schema: shop
-- run: 40
-- accept: orders USING btree (total)

-- workload
\set t random(100, 9900)
SELECT * FROM orders WHERE total BETWEEN :t AND :t + 2;
