-- DELETE of a referenced row
-- schema: shop
-- run: 40
-- accept: orders USING btree (customer_id)

-- setup
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customer;

-- workload
\set c random(80001, 100000)
BEGIN;
DELETE FROM customer WHERE id = :c;
ROLLBACK;
