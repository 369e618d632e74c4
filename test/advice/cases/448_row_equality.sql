-- Two columns as a row.
-- schema: freight
-- run: 20
-- accept: scan_event USING btree (device, depot_id)
-- accept: scan_event USING btree (depot_id, device)
-- accept: scan_event USING btree (device)

-- workload
\set d random(1, 5999)
\set e random(1, 80)
SELECT id, at FROM scan_event WHERE (depot_id, device) = (:e, :d);
