-- the order of an index that is there, backward
-- schema: shop
-- run: 3000
-- none: an index is read in both directions
-- obvious: orders USING btree (warehouse_id, due)

-- setup
CREATE INDEX ON orders (warehouse_id DESC, due DESC);

-- workload
\set w random(1, 20)
SELECT * FROM orders WHERE warehouse_id = :w ORDER BY due LIMIT 20;
