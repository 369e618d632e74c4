-- A table in a schema of its own, written with its name.
-- schema: campus
-- run: 40
-- accept: archive.old_loan USING btree (student_id)
-- accept: archive.old_loan USING hash (student_id)

-- setup
CREATE SCHEMA archive;
CREATE TABLE archive.old_loan AS SELECT * FROM loan;
ANALYZE archive.old_loan;
-- workload
\set s random(1, 25000)
SELECT id, isbn FROM archive.old_loan o WHERE o.student_id = :s;
