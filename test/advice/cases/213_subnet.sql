-- addresses of a network
-- schema: iot
-- run: 60
-- accept: device USING btree (address)
-- accept: device USING gist (address inet_ops)
-- accept: device USING spgist (address)

-- workload
\set n random(1, 190)
SELECT device_id, address FROM device WHERE address <<= '10.0.:n.0/28'::inet;
