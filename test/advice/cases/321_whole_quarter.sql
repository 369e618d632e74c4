-- all of one partition
-- schema: iot
-- run: 10
-- none: all of a partition is read
-- obvious: reading USING btree (read_on)

-- workload
SELECT sum(kwh), count(DISTINCT meter_id) FROM reading WHERE read_on >= '2025-07-01' AND read_on < '2025-10-01';
