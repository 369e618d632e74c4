-- Equality, a half-open range of a day, in its order.
-- schema: clinic
-- run: 30
-- accept: appointment USING btree (practitioner_id, starts_at)

-- workload
\set p random(1, 600)
\set d random(0, 890)
SELECT id, patient_id, starts_at, status FROM appointment
WHERE practitioner_id = :p AND starts_at >= timestamptz '2022-01-01' + :d * interval '1 day'
  AND starts_at < timestamptz '2022-01-02' + :d * interval '1 day'
ORDER BY starts_at;
