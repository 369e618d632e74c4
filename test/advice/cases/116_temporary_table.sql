-- a temporary table
-- schema: shop
-- run: 3
-- none: it ends with the session

-- workload
CREATE TEMPORARY TABLE picked AS SELECT * FROM orders;
\set c random(1, 80000)
SELECT * FROM picked WHERE customer_id = :c;
SELECT * FROM picked WHERE customer_id = :c + 1;
SELECT * FROM picked WHERE customer_id = :c + 2;
DROP TABLE picked;
