-- joins by primary keys from one row
-- schema: shop
-- run: 3000
-- none: each step has its index
-- obvious: item USING btree (order_id)

-- workload
\set i random(1, 300000)
SELECT i.*, o.*, c.*, p.* FROM item AS i
JOIN orders AS o ON o.id = i.order_id
JOIN customer AS c ON c.id = o.customer_id
JOIN product AS p ON p.id = i.product_id
WHERE i.id = :i;
