-- A policy that adds a condition, for a user without rights beyond.
-- schema: clinic
-- run: 20
-- user: advice_app
-- accept: appointment USING btree (patient_id)
-- accept: appointment USING btree (patient_id, clinic_id)
-- accept: appointment USING btree (clinic_id, patient_id)

-- setup
ALTER TABLE appointment ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_clinic ON appointment USING (clinic_id = ANY (string_to_array(current_setting('my.clinics', true), ',')::int[]));
GRANT SELECT ON appointment TO advice_app;
ALTER ROLE advice_app SET my.clinics = '3,4,5,6,7,8,9,10,11,12,13,14,15';
-- workload
\set p random(1, 80000)
SELECT id, starts_at FROM appointment WHERE patient_id = :p;
