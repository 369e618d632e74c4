-- in a materialized common table expression
-- schema: shop
-- run: 40
-- accept: orders USING btree (customer_id)

-- workload
\set c random(1, 80000)
WITH mine AS MATERIALIZED (SELECT * FROM orders WHERE customer_id = :c)
SELECT a.*, b.id FROM mine AS a JOIN mine AS b ON b.due > a.due;
