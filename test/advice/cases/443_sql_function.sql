-- A query in an SQL function.
-- schema: campus
-- run: 40
-- accept: loan USING btree (student_id)
-- accept: loan USING btree (student_id, taken)
-- accept: loan USING btree (student_id, taken DESC)

-- setup
CREATE FUNCTION last_loan(s int) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT taken FROM loan WHERE student_id = s ORDER BY taken DESC LIMIT 1 $$;
-- workload
\set s random(1, 25000)
SELECT last_loan(:s);
