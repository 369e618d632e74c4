-- an aggregate over a small range of the primary key, filtered further
-- schema: shop
-- run: 600
-- none: the key leaves few rows
-- obvious: orders USING btree (channel)

-- workload
\set o random(1, 199000)
SELECT count(*), sum(total) FROM orders WHERE id BETWEEN :o AND :o + 200 AND channel = 'shop';
