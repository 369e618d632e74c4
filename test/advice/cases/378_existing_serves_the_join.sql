-- The foreign key has its index; the join of few uses it.
-- schema: campus
-- run: 200
-- none: the index is there
-- obvious: loan USING btree (student_id, taken)

-- setup
CREATE INDEX ON loan (student_id);
-- workload
\set s random(1, 25000)
SELECT s.login, l.taken FROM student s JOIN loan l ON l.student_id = s.id WHERE s.id = :s ORDER BY l.taken;
