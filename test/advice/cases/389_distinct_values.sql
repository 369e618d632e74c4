-- All values of a column.
-- schema: freight
-- run: 10
-- none: all rows are read

-- workload
SELECT DISTINCT state FROM parcel;
