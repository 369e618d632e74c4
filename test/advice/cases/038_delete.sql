-- DELETE of the oldest rows
-- schema: desk
-- run: 40
-- accept: job USING btree (run_at)

-- workload
BEGIN;
DELETE FROM job WHERE run_at < timestamptz '2025-01-01 00:30+00';
ROLLBACK;
