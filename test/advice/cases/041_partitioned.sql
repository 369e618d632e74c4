-- a partitioned table, all partitions
-- schema: meter
-- run: 40
-- accept: reading USING btree (serial)

-- workload
\set s random(1, 20000)
SELECT * FROM reading WHERE serial = :s;
