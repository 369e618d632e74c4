-- a constant that one row in 400 has
-- schema: shop
-- run: 40
-- accept: orders USING btree (status)
-- accept: orders USING btree (*) WHERE status = 'new'

-- workload
SELECT * FROM orders WHERE status = 'new';
