-- The day of a timestamp with time zone depends on the session.
-- schema: clinic
-- run: 5
-- none: the cast is not immutable
-- obvious: appointment USING btree (starts_at)

-- workload
\set d random(0, 890)
SELECT id FROM appointment WHERE starts_at::date = date '2022-01-01' + :d;
