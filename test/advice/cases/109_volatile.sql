-- comparison with a volatile function
-- schema: shop
-- run: 20
-- none: the function gives another value for each row
-- obvious: orders USING btree (customer_id)

-- workload
SELECT * FROM orders WHERE customer_id = (random() * 80000)::int;
