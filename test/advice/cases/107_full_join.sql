-- two tables, all rows
-- schema: shop
-- run: 6
-- none: all rows are read, once
-- obvious: orders USING btree (customer_id)

-- workload
SELECT c.city_id, count(*), max(o.id), sum(o.total), max(o.due), max(o.created), max(o.note)
FROM customer AS c
JOIN orders AS o ON o.customer_id = c.id GROUP BY c.city_id;
