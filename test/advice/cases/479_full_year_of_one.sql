-- A year of one truck, summed by month.
-- schema: freight
-- run: 20
-- accept: leg USING btree (truck_id)
-- accept: leg USING btree (truck_id, day)
-- accept: leg USING btree (truck_id) INCLUDE (day, km)
-- accept: leg USING btree (truck_id, day) INCLUDE (km)

-- workload
\set t random(1, 4000)
SELECT date_trunc('month', day), sum(km) FROM leg WHERE truck_id = :t GROUP BY 1;
