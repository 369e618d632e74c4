-- The second column of the primary key alone.
-- schema: campus
-- run: 60
-- accept: enrollment USING btree (course_id)
-- accept: enrollment USING btree (course_id, term)
-- accept: enrollment USING btree (term, course_id)

-- workload
\set c random(1, 399)
\set t random(2015, 2024)
SELECT student_id, grade FROM enrollment WHERE course_id = :c AND term = :t;
