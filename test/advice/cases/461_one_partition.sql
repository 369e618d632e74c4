-- A partition by its own name.
-- schema: freight
-- run: 40
-- accept: leg_q2 USING btree (truck_id)
-- accept: leg USING btree (truck_id)
-- accept: leg_q2 USING hash (truck_id)

-- workload
\set t random(1, 4000)
SELECT id, km, driver FROM leg_q2 WHERE truck_id = :t;
