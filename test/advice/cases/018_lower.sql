-- lower(column)
-- schema: shop
-- run: 20
-- accept: customer USING btree (lower(email))

-- workload
\set c random(1, 100000)
SELECT * FROM customer WHERE lower(email) = lower('User:c@Example.com');
