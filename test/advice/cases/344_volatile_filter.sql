-- a volatile function of the column
-- schema: iot
-- run: 20
-- none: random() is volatile
-- obvious: device USING btree (firmware)

-- workload
SELECT device_id FROM device WHERE site_id = (200 * random())::int AND firmware = 'v3' || random()::text;
