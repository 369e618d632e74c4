-- a regular expression with a fixed beginning
-- schema: iot
-- run: 60
-- accept: device USING btree (serial)
-- accept: device USING btree (serial) INCLUDE (device_id)
-- accept: device USING btree (serial varchar_pattern_ops)
-- accept: device USING btree (serial text_pattern_ops)

-- workload
\set n random(100, 499)
SELECT device_id, serial FROM device WHERE serial ~ '^SN-000:n[0-4]';
