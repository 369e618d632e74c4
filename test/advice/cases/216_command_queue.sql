-- a queue of what was not yet done
-- schema: iot
-- run: 25
-- accept: command USING btree (*) WHERE (acked_at IS NULL)
-- accept: command USING btree (acked_at)
-- accept: command USING btree (acked_at, issued_at)

-- workload
BEGIN;
SELECT command_id, device_id, body FROM command WHERE acked_at IS NULL ORDER BY issued_at LIMIT 3 FOR UPDATE SKIP LOCKED;
\set n random(1, 300)
UPDATE command SET attempts = attempts + 1 WHERE command_id = :n * 1000 + 7;
COMMIT;
