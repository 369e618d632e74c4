-- A list of values and a range of two days.
-- schema: clinic
-- run: 30
-- accept: appointment USING btree (practitioner_id, starts_at)
-- accept: appointment USING btree (starts_at, practitioner_id)
-- accept: appointment USING btree (starts_at)
-- accept: appointment USING btree (practitioner_id)

-- workload
\set p random(1, 500)
\set d random(0, 880)
SELECT id, starts_at FROM appointment
WHERE practitioner_id IN (:p, :p + 3, :p + 50, :p + 99)
  AND starts_at BETWEEN timestamptz '2022-01-01' + :d * interval '1 day' AND timestamptz '2022-01-03' + :d * interval '1 day';
