-- two tables, most rows of both
-- schema: shop
-- run: 5
-- none: a hash join over most rows is the best there is
-- obvious: item USING btree (order_id) + orders USING btree (total)

-- workload
SELECT o.warehouse_id, count(*), sum(i.price), max(i.product_id), max(i.id), max(i.note),
    max(o.id), max(o.due), max(o.created), max(o.note)
FROM orders AS o JOIN item AS i ON i.order_id = o.id
WHERE o.total > 1000 AND i.quantity > 2 GROUP BY o.warehouse_id;
