-- a report over all rows
-- schema: hotel
-- run: 5
-- none: all rows are read
-- obvious: stay.booking USING btree (state, cancelled)

-- workload
SELECT state, cancelled, count(*), sum(price), max(note) FROM stay.booking GROUP BY state, cancelled;
