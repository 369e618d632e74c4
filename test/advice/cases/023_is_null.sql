-- IS NULL for one row in 250
-- schema: shop
-- run: 40
-- accept: orders USING btree (shipped_at)
-- accept: orders USING btree (*) WHERE shipped_at IS NULL

-- workload
SELECT * FROM orders WHERE shipped_at IS NULL;
