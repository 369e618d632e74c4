-- a partitioned table, equality, and a range over two or three partitions
-- schema: meter
-- run: 60
-- accept: reading USING btree (sensor_id, at)

-- workload
\set s random(1, 20)
\set from 1735689600 + random(1, 110) * 86400
SELECT * FROM reading
WHERE sensor_id = :s AND at >= to_timestamp(:from) AND at < to_timestamp(:from + 15 * 86400)
ORDER BY at;
