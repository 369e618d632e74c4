-- 60 % of the rows have the value
-- schema: shop
-- run: 20
-- none: most rows are read anyhow
-- obvious: orders USING btree (channel)

-- workload
SELECT max(customer_id), max(warehouse_id), max(created), sum(total), max(due), max(note)
FROM orders WHERE channel = 'web';
