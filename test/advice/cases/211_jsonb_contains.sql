-- an element of a jsonb array
-- schema: iot
-- run: 40
-- accept: device USING gin (attributes)
-- accept: device USING gin (attributes jsonb_path_ops)

-- workload
\set t random(0, 2999)
SELECT device_id, serial FROM device WHERE attributes @> '{"tags": ["t:t"]}';
