-- equality, then range: a warehouse's orders of two months
-- schema: shop
-- run: 40
-- accept: orders USING btree (warehouse_id, due)

-- workload
\set w random(1, 20)
\set d random(1, 1000)
SELECT * FROM orders
WHERE due >= timestamp '2023-01-01' + :d * interval '1 day'
  AND due < timestamp '2023-01-01' + (:d + 60) * interval '1 day'
  AND warehouse_id = :w;
