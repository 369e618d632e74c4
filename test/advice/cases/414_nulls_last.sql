-- The latest delivered of one depot, those without a date at the end.
-- schema: freight
-- run: 20
-- accept: parcel USING btree (depot_id, delivered_at DESC NULLS LAST)
-- accept: parcel USING btree (depot_id, delivered_at NULLS FIRST)

-- workload
\set d random(1, 79)
SELECT id, delivered_at FROM parcel WHERE depot_id = :d ORDER BY delivered_at DESC NULLS LAST LIMIT 10;
