-- the last row of each of some devices
-- schema: iot
-- run: 2
-- accept: measurement USING btree (device_id, measured_at)
-- accept: measurement USING btree (device_id, measured_at DESC)

-- workload
\set d random(1, 2900)
SELECT d.serial, m.measured_at, m.value
FROM device AS d
LEFT JOIN LATERAL (SELECT measured_at, value FROM measurement AS m WHERE m.device_id = d.device_id ORDER BY measured_at DESC LIMIT 1) AS m ON true
WHERE d.device_id IN (md5('d' || :d)::uuid, md5('d' || :d + 1)::uuid, md5('d' || :d + 2)::uuid);
