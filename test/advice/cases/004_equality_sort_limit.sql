-- equality, sort, limit: a warehouse's next orders that are due
-- schema: shop
-- run: 40
-- accept: orders USING btree (warehouse_id, due)
-- accept: orders USING btree (warehouse_id, due DESC)

-- workload
\set w random(1, 20)
SELECT * FROM orders WHERE warehouse_id = :w ORDER BY due DESC LIMIT 20;
