-- The history of one parcel, by uuid, in order; the statement runs five times.
-- schema: freight
-- run: 5
-- accept: scan_event USING btree (parcel_id)
-- accept: scan_event USING btree (parcel_id, at)
-- accept: scan_event USING hash (parcel_id)

-- workload
\set i random(1, 180000)
SELECT at, kind, depot_id FROM scan_event WHERE parcel_id = md5('p' || :i)::uuid ORDER BY at;
