-- The number of rows.
-- schema: freight
-- run: 10
-- none: all rows are counted

-- workload
SELECT count(*) FROM scan_event;
