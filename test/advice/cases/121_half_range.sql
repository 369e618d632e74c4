-- a range of half of the rows
-- schema: shop
-- run: 20
-- none: every page is read anyhow
-- obvious: orders USING btree (due)

-- workload
\set d random(1, 100)
SELECT max(customer_id), max(warehouse_id), max(created), sum(total), max(due), max(note)
FROM orders
WHERE due >= timestamp '2023-01-01' + :d * interval '1 day'
  AND due < timestamp '2023-01-01' + (:d + 600) * interval '1 day';
