-- The first two columns of the primary key.
-- schema: campus
-- run: 500
-- none: the primary key begins with them
-- obvious: enrollment USING btree (student_id)

-- workload
\set s random(1, 25000)
SELECT course_id, term, grade FROM enrollment WHERE student_id = :s ORDER BY course_id;
