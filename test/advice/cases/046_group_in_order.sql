-- GROUP BY that an order serves: the first groups only
-- schema: shop
-- run: 20
-- accept: orders USING btree (customer_id)
-- accept: orders USING btree (customer_id) INCLUDE (total)
-- accept: orders USING btree (customer_id, total)

-- workload
SELECT customer_id, count(*), sum(total) FROM orders
GROUP BY customer_id ORDER BY customer_id LIMIT 20;
