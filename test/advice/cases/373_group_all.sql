-- Counts by a key, of everything.
-- schema: freight
-- run: 5
-- none: all rows are read
-- obvious: scan_event USING btree (kind)

-- workload
SELECT kind, avg(minutes), max(device) FROM scan_event GROUP BY kind;
