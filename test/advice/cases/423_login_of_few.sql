-- A small table that is asked often.
-- schema: campus
-- run: 150
-- protocol: prepared
-- accept: student USING btree (login)
-- accept: student USING hash (login)

-- workload
\set i random(1, 25000)
SELECT id, family_name, given_name FROM student WHERE login = 'u' || substr(md5(:i::text), 1, 8);
