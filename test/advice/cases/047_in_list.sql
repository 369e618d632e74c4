-- IN with five values
-- schema: shop
-- run: 40
-- accept: orders USING btree (customer_id)

-- workload
\set c random(1, 70000)
SELECT * FROM orders WHERE customer_id IN (:c, :c + 11, :c + 17, :c + 1009, :c + 5003);
