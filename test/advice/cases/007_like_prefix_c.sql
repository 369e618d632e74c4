-- LIKE with a prefix, collation C
-- schema: shop
-- run: 40
-- accept: customer USING btree (email)
-- accept: customer USING btree (email text_pattern_ops)

-- workload
\set c random(1000, 9999)
SELECT * FROM customer WHERE email LIKE 'user:c%';
