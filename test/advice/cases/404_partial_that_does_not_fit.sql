-- There is an index for another status only.
-- schema: clinic
-- run: 30
-- accept: appointment USING btree (practitioner_id, starts_at)
-- accept: appointment USING btree (practitioner_id)

-- setup
CREATE INDEX appointment_pending ON appointment (practitioner_id, starts_at) WHERE status = 'pending';
-- workload
\set p random(1, 600)
\set d random(100, 800)
SELECT id, starts_at FROM appointment WHERE practitioner_id = :p
  AND starts_at BETWEEN timestamptz '2022-01-01' + :d * interval '1 day' AND timestamptz '2022-01-08' + :d * interval '1 day';
