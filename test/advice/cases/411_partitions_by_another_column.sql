-- A partitioned table, by a column that is not its key.
-- schema: freight
-- run: 20
-- accept: leg USING btree (truck_id)
-- accept: leg USING btree (truck_id, day)
-- accept: leg USING hash (truck_id)

-- workload
\set t random(1, 4000)
SELECT id, day, km FROM leg WHERE truck_id = :t;
