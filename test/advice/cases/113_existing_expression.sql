-- lower(column), with its index
-- schema: shop
-- run: 3000
-- none: the index is there
-- obvious: customer USING btree (email)

-- setup
CREATE INDEX ON customer (lower(email));
ANALYZE customer;

-- workload
\set c random(1, 100000)
SELECT * FROM customer WHERE lower(email) = 'user:c@example.com';
