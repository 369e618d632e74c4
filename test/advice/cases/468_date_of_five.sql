-- A report of one day that runs five times.
-- schema: freight
-- run: 5
-- accept: leg USING btree (driver)
-- accept: leg USING btree (driver, day)

-- workload
\set d random(1, 899)
SELECT day, sum(km) FROM leg WHERE driver = 'driver ' || :d GROUP BY day ORDER BY day;
