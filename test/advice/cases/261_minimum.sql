-- the smallest value of a large table
-- schema: iot
-- run: 10
-- accept: measurement USING btree (value)

-- workload
SELECT min(value), max(value) FROM measurement;
