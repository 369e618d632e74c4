-- another field in each call
-- schema: iot
-- run: 40
-- none: no expression serves more than a few of them

-- workload
\set k random(1, 20)
\set r random(0, 4999)
SELECT device_id, serial FROM device WHERE attributes->>'key:k' = ':r';
