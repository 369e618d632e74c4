-- Null is rare, and a range beside it.
-- schema: freight
-- run: 20
-- accept: parcel USING btree (promised) WHERE (delivered_at IS NULL)
-- accept: parcel USING btree (delivered_at, promised)
-- accept: parcel USING btree (promised)

-- workload
\set d random(0, 490)
SELECT id, sender_id FROM parcel WHERE delivered_at IS NULL
  AND promised BETWEEN date '2023-01-10' + :d AND date '2023-01-14' + :d;
