-- groups of all rows
-- schema: shop
-- run: 10
-- none: all rows are read
-- obvious: orders USING btree (status, channel)

-- workload
SELECT status, channel, count(*), max(customer_id), max(warehouse_id), max(created), sum(total), max(due),
    max(note) FROM orders
GROUP BY status, channel;
