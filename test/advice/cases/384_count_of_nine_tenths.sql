-- A count of nine in ten rows.
-- schema: clinic
-- run: 10
-- none: nine in ten rows are wanted

-- workload
SELECT count(*) FROM appointment WHERE status = 'done';
