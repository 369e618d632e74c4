-- The partition's key leaves one partition, and of it all rows.
-- schema: freight
-- run: 15
-- none: all of the partition is wanted
-- obvious: leg USING btree (day)

-- workload
SELECT sum(km), count(DISTINCT driver) FROM leg WHERE day >= '2024-07-01' AND day < '2024-10-01';
