-- a product's items and their orders: the orders have their key
-- schema: shop
-- run: 40
-- accept: item USING btree (product_id)

-- workload
\set p random(1, 10000)
SELECT p.name, i.*, o.*
FROM product AS p
JOIN item AS i ON i.product_id = p.id
JOIN orders AS o ON o.id = i.order_id
WHERE p.id = :p;
