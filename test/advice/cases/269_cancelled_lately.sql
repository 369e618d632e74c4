-- A range over a column that is mostly null.
-- schema: clinic
-- run: 20
-- accept: appointment USING btree (cancelled_at)
-- accept: appointment USING btree (cancelled_at) WHERE (cancelled_at IS NOT NULL)

-- workload
\set d random(0, 890)
SELECT id, clinic_id, cancelled_at FROM appointment
WHERE cancelled_at BETWEEN timestamptz '2022-01-01' + :d * interval '1 day' AND timestamptz '2022-01-03' + :d * interval '1 day';
