-- 1,000 rows in 1,000 pages: the sum wants its column in the index
-- schema: shop
-- run: 40
-- accept: item USING btree (product_id) INCLUDE (quantity)
-- accept: item USING btree (product_id, quantity)

-- setup
UPDATE item SET product_id = product_id % 100;
VACUUM FULL item;
VACUUM ANALYZE item;

-- workload
\set p random(0, 99)
SELECT sum(quantity) FROM item WHERE product_id = :p;
