-- a partitioned table by its primary key
-- schema: meter
-- run: 3000
-- none: its index is there
-- obvious: reading USING btree (id)

-- workload
\set n random(1, 200000)
SELECT * FROM reading
WHERE at = to_timestamp(1735689600 + :n * 64) AND id = :n;
