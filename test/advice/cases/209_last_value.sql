-- the last value of one channel
-- schema: iot
-- run: 8
-- protocol: prepared
-- accept: measurement USING btree (device_id, channel, measured_at)
-- accept: measurement USING btree (device_id, channel, measured_at DESC)
-- accept: measurement USING btree (channel, device_id, measured_at)
-- accept: measurement USING btree (channel, device_id, measured_at DESC)
-- accept: measurement USING btree (device_id, measured_at)
-- accept: measurement USING btree (device_id, measured_at DESC)

-- workload
\set d random(1, 3000)
\set c random(0, 7)
SELECT measured_at, value FROM measurement
WHERE device_id = md5('d' || :d)::uuid AND channel = :c ORDER BY measured_at DESC LIMIT 1;
