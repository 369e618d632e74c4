-- old rows deleted in small portions
-- schema: iot
-- run: 15
-- accept: command USING btree (issued_at)

-- workload
\set n random(1, 1)
DELETE FROM command WHERE issued_at < (SELECT min(issued_at) FROM command) + interval '5 minutes';
