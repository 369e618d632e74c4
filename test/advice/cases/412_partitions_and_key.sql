-- The partition's key narrows it to a quarter, the index does the rest.
-- schema: freight
-- run: 60
-- accept: leg USING btree (truck_id)
-- accept: leg USING btree (truck_id, day)
-- accept: leg USING btree (day, truck_id)

-- workload
\set t random(1, 4000)
\set d random(0, 80)
SELECT id, km FROM leg WHERE truck_id = :t AND day BETWEEN date '2024-04-01' + :d AND date '2024-04-08' + :d;
