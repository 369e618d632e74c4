-- a prepared statement that went generic
-- schema: shop
-- run: 60
-- protocol: prepared
-- accept: item USING btree (product_id)

-- workload
\set p random(1, 10000)
SELECT * FROM item WHERE product_id = :p;
