-- a window: the last three orders of each of some customers
-- schema: shop
-- run: 40
-- accept: orders USING btree (customer_id)
-- accept: orders USING btree (customer_id, due)
-- accept: orders USING btree (customer_id, due DESC)

-- workload
\set c random(1, 70000)
SELECT * FROM (
    SELECT o.*, row_number() OVER (PARTITION BY customer_id ORDER BY due DESC) AS place
    FROM orders AS o WHERE customer_id IN (:c, :c + 10, :c + 1000)) AS ranked
WHERE place <= 3;
