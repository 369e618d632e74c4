-- the first column of an index that is there
-- schema: shop
-- run: 4000
-- none: the longer index serves it
-- obvious: orders USING btree (customer_id)

-- setup
CREATE INDEX ON orders (customer_id, due);

-- workload
\set c random(1, 80000)
SELECT * FROM orders WHERE customer_id = :c;
