-- <> a value that few rows have
-- schema: shop
-- run: 20
-- none: most rows are read anyhow
-- obvious: orders USING btree (status)

-- workload
SELECT max(customer_id), max(warehouse_id), max(created), sum(total), max(due), max(note)
FROM orders WHERE status <> 'new';
