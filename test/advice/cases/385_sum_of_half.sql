-- The sum over half of the rows.
-- schema: clinic
-- run: 20
-- none: half of the rows are wanted

-- workload
SELECT sum(balance) FROM patient WHERE gender = 'M';
