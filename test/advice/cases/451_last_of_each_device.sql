-- For ten devices, when they were last seen.
-- schema: freight
-- run: 5
-- accept: scan_event USING btree (device, at)
-- accept: scan_event USING btree (device, at DESC)
-- accept: scan_event USING btree (device)

-- workload
\set d random(1, 5900)
SELECT d, (SELECT max(at) FROM scan_event s WHERE s.device = d) FROM generate_series(:d, :d + 9) d;
