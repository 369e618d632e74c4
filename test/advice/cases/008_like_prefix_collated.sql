-- LIKE with a prefix, in a collation whose order is no help
-- schema: shop
-- run: 40
-- accept: customer USING btree (login text_pattern_ops)
-- accept: customer USING btree (login COLLATE "C")

-- workload
\set c random(1000, 9999)
SELECT * FROM customer WHERE login LIKE 'login:c%';
