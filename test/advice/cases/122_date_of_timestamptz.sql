-- a timestamp with time zone cast to date: not immutable
-- schema: bank
-- run: 20
-- none: no index can serve it as it is written
-- obvious: transfer USING btree (booked_at)

-- workload
\set d random(1, 130)
SELECT * FROM transfer WHERE booked_at::date = date '2025-01-01' + :d;
