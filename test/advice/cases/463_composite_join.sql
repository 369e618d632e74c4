-- A join by two columns.
-- schema: campus
-- run: 20
-- accept: mark USING btree (student_id, course_id)
-- accept: mark USING btree (course_id, student_id)
-- accept: mark USING btree (student_id)

-- setup
CREATE TABLE mark AS SELECT student_id, course_id, term, 1 + (random() * 5)::int AS points, md5(student_id::text) AS about FROM enrollment;
VACUUM ANALYZE mark;
-- workload
\set s random(1, 25000)
SELECT e.term, m.points FROM enrollment e JOIN mark m USING (student_id, course_id) WHERE e.student_id = :s;
