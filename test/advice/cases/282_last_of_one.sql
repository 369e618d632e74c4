-- The greatest of a group.
-- schema: clinic
-- run: 30
-- accept: appointment USING btree (patient_id, starts_at)
-- accept: appointment USING btree (patient_id, starts_at DESC)
-- accept: appointment USING btree (patient_id)

-- workload
\set p random(1, 80000)
SELECT max(starts_at) FROM appointment WHERE patient_id = :p;
