-- Rows of a small selection, joined with a large table; three tables.
-- schema: campus
-- run: 40
-- accept: student USING btree (advisor_id) + loan USING btree (student_id)
-- accept: loan USING btree (student_id)
-- accept: student USING btree (advisor_id, country, gpa) + loan USING btree (student_id)
-- accept: student USING btree (advisor_id, gpa) + loan USING btree (student_id)

-- workload
\set a random(1, 249)
SELECT s.login, b.title FROM student s JOIN loan l ON l.student_id = s.id JOIN book b ON b.isbn = l.isbn
WHERE s.advisor_id = :a AND s.country = 'FR' AND s.gpa > 3.9;
