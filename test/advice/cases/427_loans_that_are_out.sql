-- Not returned: one in a hundred.
-- schema: campus
-- run: 60
-- accept: loan USING btree (*) WHERE (returned IS NULL)
-- accept: loan USING btree (returned)

-- workload
SELECT id, student_id, taken FROM loan WHERE returned IS NULL;
