-- Family and given name together.
-- schema: campus
-- run: 100
-- accept: student USING btree (family_name, given_name)
-- accept: student USING btree (given_name, family_name)
-- accept: student USING btree (family_name)

-- workload
\set f random(1, 3999)
\set g random(1, 299)
SELECT id, born FROM student WHERE family_name = 'N' || :f AND given_name = 'G' || :g;
