-- the last rows by primary key
-- schema: shop
-- run: 4000
-- none: the primary key gives the order
-- obvious: orders USING btree (channel, id)

-- workload
SELECT * FROM orders WHERE channel = 'web' ORDER BY id DESC LIMIT 20;
