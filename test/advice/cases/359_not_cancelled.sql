-- Null is common.
-- schema: clinic
-- run: 5
-- none: nine in ten rows are wanted
-- obvious: appointment USING btree (cancelled_at)

-- workload
SELECT count(*), max(notes) FROM appointment WHERE cancelled_at IS NULL;
