-- DELETE of a referenced row, the reference indexed
-- schema: shop
-- run: 2000
-- none: the index is there
-- obvious: orders USING btree (customer_id)

-- setup
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customer;
CREATE INDEX ON orders (customer_id);

-- workload
\set c random(80001, 100000)
BEGIN;
DELETE FROM customer WHERE id = :c;
ROLLBACK;
