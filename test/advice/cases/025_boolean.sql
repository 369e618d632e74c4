-- a boolean that is true in one row of 400
-- schema: shop
-- run: 40
-- accept: orders USING btree (flagged)
-- accept: orders USING btree (*) WHERE flagged

-- workload
SELECT * FROM orders WHERE flagged;
