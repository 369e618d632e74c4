-- an index that is there, and reads many rows all the same
-- schema: shop
-- run: 30
-- none: the index is there; the rows have to be read
-- obvious: orders USING btree (warehouse_id)

-- setup
CREATE INDEX ON orders (warehouse_id);

-- workload
\set w random(1, 20)
SELECT * FROM orders WHERE warehouse_id = :w;
