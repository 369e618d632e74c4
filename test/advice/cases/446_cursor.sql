-- A cursor over a few rows.
-- schema: freight
-- run: 15
-- accept: parcel USING btree (sender_id)
-- accept: parcel USING btree (sender_id, created_at)

-- workload
\set c random(1, 50000)
BEGIN;
DECLARE mine CURSOR FOR SELECT id, tracking, created_at FROM parcel WHERE sender_id = :c ORDER BY created_at;
FETCH ALL FROM mine;
COMMIT;
