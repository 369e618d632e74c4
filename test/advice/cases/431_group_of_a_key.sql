-- What one sender sent, by month.
-- schema: clinic
-- run: 30
-- accept: appointment USING btree (practitioner_id)
-- accept: appointment USING btree (practitioner_id, starts_at)
-- accept: appointment USING btree (practitioner_id) INCLUDE (starts_at)
-- accept: appointment USING btree (practitioner_id, clinic_id)

-- workload
\set p random(1, 600)
SELECT extract(year FROM starts_at), extract(month FROM starts_at), count(*) FROM appointment
WHERE practitioner_id = :p GROUP BY 1, 2;
