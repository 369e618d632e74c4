-- a limit that is reached at once
-- schema: shop
-- run: 4000
-- none: the first page has them
-- obvious: orders USING btree (status)

-- workload
SELECT * FROM orders WHERE status = 'done' LIMIT 20;
