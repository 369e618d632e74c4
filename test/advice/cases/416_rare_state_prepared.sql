-- The rare state as a constant, the depot as a parameter.
-- schema: freight
-- run: 40
-- protocol: prepared
-- accept: parcel USING btree (depot_id) WHERE (state = 'lost'::text)
-- accept: parcel USING btree (depot_id, state)
-- accept: parcel USING btree (state, depot_id)
-- accept: parcel USING btree (*) WHERE (state = 'lost'::text)

-- workload
\set d random(1, 79)
SELECT id, tracking, price FROM parcel WHERE state = 'lost' AND depot_id = :d;
