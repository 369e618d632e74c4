-- a subquery for each of 20 customers
-- schema: shop
-- run: 4
-- accept: orders USING btree (customer_id)
-- accept: orders USING btree (customer_id, due)
-- accept: orders USING btree (customer_id, due DESC)
-- accept: orders USING btree (customer_id) INCLUDE (due)

-- workload
\set c random(1, 70000)
SELECT c.*, (SELECT max(o.due) FROM orders AS o WHERE o.customer_id = c.id) AS last_due
FROM customer AS c WHERE c.id BETWEEN :c AND :c + 19;
