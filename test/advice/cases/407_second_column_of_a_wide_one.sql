-- A wide index has the column in its second place only.
-- schema: freight
-- run: 15
-- accept: scan_event USING btree (device)
-- accept: scan_event USING hash (device)

-- setup
CREATE INDEX scan_event_wide ON scan_event (depot_id, device, at);
-- workload
\set d random(1, 5999)
SELECT id, at, kind, minutes FROM scan_event WHERE device = :d;
