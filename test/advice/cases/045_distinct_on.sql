-- DISTINCT ON: the last order of each of some customers
-- schema: shop
-- run: 30
-- accept: orders USING btree (customer_id)
-- accept: orders USING btree (customer_id, created)
-- accept: orders USING btree (customer_id, created DESC)

-- workload
\set c random(1, 79000)
SELECT DISTINCT ON (customer_id) * FROM orders
WHERE customer_id BETWEEN :c AND :c + 30 ORDER BY customer_id, created DESC;
