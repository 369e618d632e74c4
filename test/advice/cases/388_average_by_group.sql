-- Averages of all, by a column.
-- schema: freight
-- run: 8
-- none: all rows are read

-- workload
SELECT depot_id, avg(price), count(*) FROM parcel GROUP BY depot_id ORDER BY depot_id;
