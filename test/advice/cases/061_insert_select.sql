-- INSERT ... SELECT
-- schema: shop
-- run: 40
-- accept: item USING btree (order_id)

-- setup
CREATE TABLE returned (LIKE item);

-- workload
\set o random(1, 200000)
INSERT INTO returned SELECT * FROM item WHERE order_id = :o;
