-- min of a column under an equality
-- schema: shop
-- run: 40
-- accept: orders USING btree (warehouse_id, due)
-- accept: orders USING btree (warehouse_id, due DESC)

-- workload
\set w random(1, 20)
SELECT min(due) FROM orders WHERE warehouse_id = :w;
