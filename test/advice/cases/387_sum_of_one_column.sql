-- The sum of one column.
-- schema: clinic
-- run: 20
-- none: all rows are read

-- workload
SELECT sum(balance) FROM patient;
