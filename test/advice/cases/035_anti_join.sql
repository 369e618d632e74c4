-- NOT EXISTS for 20 customers
-- schema: shop
-- run: 20
-- accept: orders USING btree (customer_id)

-- workload
\set c random(1, 99000)
SELECT c.* FROM customer AS c
WHERE c.id BETWEEN :c AND :c + 19
  AND NOT EXISTS (SELECT FROM orders AS o WHERE o.customer_id = c.id);
