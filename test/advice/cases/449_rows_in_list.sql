-- A list of pairs.
-- schema: campus
-- run: 60
-- accept: student USING btree (family_name, given_name)
-- accept: student USING btree (given_name, family_name)
-- accept: student USING btree (family_name)

-- workload
\set f random(1, 3990)
\set g random(1, 290)
SELECT id FROM student WHERE (family_name, given_name) IN (('N' || :f, 'G' || :g), ('N' || (:f + 1), 'G' || (:g + 1)));
