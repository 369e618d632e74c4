-- a hash in bytea
-- schema: iot
-- run: 15
-- accept: command USING btree (digest)
-- accept: command USING hash (digest)

-- workload
\set n random(1, 300000)
SELECT command_id, issued_at FROM command WHERE digest = sha256(':n'::bytea);
