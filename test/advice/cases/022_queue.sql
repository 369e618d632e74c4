-- the head of a queue: a rare constant, a sort, a limit
-- schema: desk
-- run: 40
-- accept: job USING btree (run_at) WHERE state = 'pending'
-- accept: job USING btree (state, run_at)
-- accept: job USING btree (state, run_at) WHERE state = 'pending'

-- workload
BEGIN;
SELECT id, payload FROM job WHERE state = 'pending'
ORDER BY run_at LIMIT 5 FOR UPDATE SKIP LOCKED;
COMMIT;
