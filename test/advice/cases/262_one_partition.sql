-- a meter in the whole partitioned table
-- schema: iot
-- run: 10
-- protocol: prepared
-- accept: reading USING btree (meter_id)
-- accept: reading USING btree (meter_id, read_on)
-- accept: reading USING btree (meter_id, read_on DESC)

-- workload
\set m random(1, 8000)
SELECT reading_id, read_on, kwh FROM reading WHERE meter_id = :m ORDER BY read_on DESC LIMIT 12;
