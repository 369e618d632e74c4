-- The latest appointment of each of some patients.
-- schema: clinic
-- run: 20
-- accept: appointment USING btree (patient_id, starts_at DESC)
-- accept: appointment USING btree (patient_id, starts_at)
-- accept: appointment USING btree (patient_id)

-- workload
\set p random(1, 79000)
SELECT DISTINCT ON (patient_id) patient_id, starts_at, status FROM appointment
WHERE patient_id IN (:p, :p + 17, :p + 400, :p + 791) ORDER BY patient_id, starts_at DESC;
