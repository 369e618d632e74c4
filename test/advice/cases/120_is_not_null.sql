-- IS NOT NULL for 99.6 % of the rows
-- schema: shop
-- run: 20
-- none: most rows are read anyhow
-- obvious: orders USING btree (shipped_at)

-- workload
SELECT max(customer_id), max(warehouse_id), max(created), sum(total), max(due), max(note)
FROM orders WHERE shipped_at IS NOT NULL;
