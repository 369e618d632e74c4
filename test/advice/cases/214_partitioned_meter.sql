-- a meter in one quarter of a partitioned table
-- schema: iot
-- run: 20
-- accept: reading USING btree (meter_id)
-- accept: reading USING btree (meter_id, read_on)
-- accept: reading USING btree (meter_id) INCLUDE (kwh)
-- accept: reading USING btree (meter_id, read_on) INCLUDE (kwh)
-- accept: reading USING btree (meter_id) INCLUDE (read_on, kwh)

-- workload
\set m random(1, 8000)
SELECT sum(kwh) FROM reading WHERE meter_id = :m AND read_on >= '2025-04-01' AND read_on < '2025-07-01';
