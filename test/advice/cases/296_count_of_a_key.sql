-- How many of one key.
-- schema: freight
-- run: 15
-- accept: scan_event USING btree (device)

-- workload
\set d random(1, 5999)
SELECT count(*) FROM scan_event WHERE device = :d;
