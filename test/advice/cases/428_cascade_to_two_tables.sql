-- A student goes: loans are looked for behind the foreign key, messages by a statement.
-- schema: campus
-- run: 15
-- accept: loan USING btree (student_id) + message USING btree (receiver_id)

-- setup
DELETE FROM loan WHERE student_id > 24000;
-- workload
\set s random(24001, 25000)
DELETE FROM message WHERE receiver_id = :s;
DELETE FROM student WHERE id = :s;
