-- the anti-join that is written as an outer join
-- schema: shop
-- run: 20
-- accept: item USING btree (order_id)

-- workload
\set o random(1, 190000)
SELECT o.* FROM orders AS o LEFT JOIN item AS i ON i.order_id = o.id
WHERE o.id BETWEEN :o AND :o + 19 AND i.order_id IS NULL;
