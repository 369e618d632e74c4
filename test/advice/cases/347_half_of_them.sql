-- One of two values.
-- schema: clinic
-- run: 20
-- none: half of the rows are wanted
-- obvious: patient USING btree (gender)

-- workload
SELECT avg(balance), min(born) FROM patient WHERE gender = 'F';
