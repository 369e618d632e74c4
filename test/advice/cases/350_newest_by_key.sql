-- The order of the primary key, backwards, with a filter that most pass.
-- schema: clinic
-- run: 500
-- none: the primary key gives the order
-- obvious: appointment USING btree (id DESC)

-- workload
SELECT id, starts_at FROM appointment WHERE status = 'done' ORDER BY id DESC LIMIT 30;
