-- Most of the small integers.
-- schema: clinic
-- run: 10
-- none: most rows are wanted
-- obvious: appointment USING btree (channel)

-- workload
SELECT count(*), max(notes) FROM appointment WHERE channel IN (1, 2, 3);
