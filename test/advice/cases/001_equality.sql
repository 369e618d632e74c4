-- equality: a customer's orders
-- schema: shop
-- run: 40
-- accept: orders USING btree (customer_id)

-- workload
\set c random(1, 80000)
SELECT * FROM orders WHERE customer_id = :c;
