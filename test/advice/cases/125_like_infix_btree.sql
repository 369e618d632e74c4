-- LIKE with a word in the middle, pg_trgm not installed
-- schema: shop
-- run: 20
-- none: no access method that is installed serves it
-- obvious: customer USING btree (name)

-- workload
\set c random(10000, 99999)
SELECT * FROM customer WHERE name LIKE '%:c%';
