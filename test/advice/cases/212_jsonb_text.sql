-- a field of a jsonb object
-- schema: iot
-- run: 40
-- accept: device USING btree ((attributes ->> 'room'::text))

-- workload
\set r random(0, 4999)
SELECT device_id, serial, firmware FROM device WHERE attributes->>'room' = ':r';
