-- date_trunc of a timestamp with time zone.
-- schema: clinic
-- run: 5
-- none: date_trunc of this type is not immutable
-- obvious: appointment USING btree (starts_at)

-- workload
\set d random(0, 28)
SELECT count(*), max(notes) FROM appointment WHERE date_trunc('month', starts_at) = timestamptz '2022-01-01' + :d * interval '1 month';
