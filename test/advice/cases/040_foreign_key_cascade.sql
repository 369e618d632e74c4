-- DELETE of a referenced row, cascading
-- schema: shop
-- run: 20
-- accept: item USING btree (order_id)

-- setup
ALTER TABLE item ADD FOREIGN KEY (order_id) REFERENCES orders ON DELETE CASCADE;

-- workload
\set o random(1, 200000)
BEGIN;
DELETE FROM orders WHERE id = :o;
ROLLBACK;
