-- three tables: all a customer has bought, found by address
-- schema: shop
-- run: 20
-- accept: customer USING btree (email) + orders USING btree (customer_id) + item USING btree (order_id)

-- workload
\set c random(1, 100000)
SELECT c.name, o.*, i.*
FROM customer AS c
JOIN orders AS o ON o.customer_id = c.id
JOIN item AS i ON i.order_id = o.id
WHERE c.email = 'user:c@example.com';
