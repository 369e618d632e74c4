-- OFFSET: all rows before are read
-- schema: shop
-- run: 20
-- none: the primary key gives the order, the offset takes the time

-- workload
\set n random(100000, 190000)
SELECT * FROM orders ORDER BY id LIMIT 20 OFFSET :n;
