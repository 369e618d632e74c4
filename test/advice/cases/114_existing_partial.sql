-- a rare constant, with its partial index
-- schema: shop
-- run: 300
-- none: the index is there
-- obvious: orders USING btree (status)

-- setup
CREATE INDEX ON orders (id) WHERE status = 'new';
ANALYZE orders;

-- workload
SELECT * FROM orders WHERE status = 'new';
