-- OR over the columns of two tables
-- schema: shop
-- run: 6
-- none: neither condition restricts its table
-- obvious: orders USING btree (total) + customer USING btree (city_id)

-- workload
\set c random(1, 2000)
SELECT count(o.note), max(c.name) FROM orders AS o JOIN customer AS c ON c.id = o.customer_id
WHERE o.total > 9999 OR c.city_id = :c;
