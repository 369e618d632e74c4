-- a field that is fixed and a value that is not
-- schema: iot
-- run: 40
-- accept: device USING btree ((attributes ->> 'room'::text))
-- accept: device USING btree ((attributes ->> 'room'::text), (attributes ->> 'vendor'::text))
-- accept: device USING btree ((attributes ->> 'vendor'::text), (attributes ->> 'room'::text))

-- workload
\set r random(0, 39)
\set t random(0, 4999)
SELECT device_id, serial FROM device WHERE attributes->>'vendor' = 'v:r' AND attributes->>'room' = ':t';
