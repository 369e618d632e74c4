-- the inner side of a join: the items of an order
-- schema: shop
-- run: 40
-- accept: item USING btree (order_id)

-- workload
\set o random(1, 200000)
SELECT o.*, i.* FROM orders AS o JOIN item AS i ON i.order_id = o.id WHERE o.id = :o;
