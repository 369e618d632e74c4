-- the primary key
-- schema: shop
-- run: 4000
-- none: its index is there
-- obvious: orders USING btree (id)

-- workload
\set o random(1, 200000)
SELECT * FROM orders WHERE id = :o;
