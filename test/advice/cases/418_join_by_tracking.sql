-- Two tables, from a tracking number to its scans.
-- schema: freight
-- run: 10
-- accept: parcel USING btree (tracking) + scan_event USING btree (parcel_id)

-- workload
\set i random(1, 180000)
SELECT s.at, s.kind FROM parcel p JOIN scan_event s ON s.parcel_id = p.id
WHERE p.tracking = 'TR' || lpad((:i * 4447 % 9999991)::text, 10, '0');
