-- a cursor
-- schema: shop
-- run: 40
-- accept: orders USING btree (customer_id)

-- workload
\set c random(1, 80000)
BEGIN;
DECLARE found CURSOR FOR SELECT * FROM orders WHERE customer_id = :c;
FETCH ALL FROM found;
COMMIT;
