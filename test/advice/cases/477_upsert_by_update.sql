-- First an update, by two columns.
-- schema: freight
-- run: 20
-- protocol: prepared
-- accept: scan_event USING btree (device, kind)
-- accept: scan_event USING btree (kind, device)
-- accept: scan_event USING btree (device)
-- accept: scan_event USING btree (device) WHERE (kind = 'damage'::text)
-- accept: scan_event USING btree (kind)
-- accept: scan_event USING btree (*) WHERE (kind = 'damage'::text)

-- workload
\set d random(1, 5999)
UPDATE scan_event SET minutes = minutes + 1 WHERE device = :d AND kind = 'damage';
