-- The sum over the scattered rows of one code.
-- schema: clinic
-- run: 30
-- accept: lab_result USING btree (code) INCLUDE (value)
-- accept: lab_result USING btree (code, value)
-- accept: lab_result USING btree (code)

-- workload
\set c random(1, 299)
SELECT sum(value) FROM lab_result WHERE code = 'L' || :c;
