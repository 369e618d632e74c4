-- A report over all rows.
-- schema: clinic
-- run: 20
-- none: all rows are read
-- obvious: patient USING btree (balance)

-- workload
SELECT sum(balance), count(DISTINCT gender), max(born) FROM patient;
