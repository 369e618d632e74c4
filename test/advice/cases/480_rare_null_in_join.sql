-- Appointments of a patient that are pending.
-- schema: clinic
-- run: 20
-- accept: appointment USING btree (patient_id)
-- accept: appointment USING btree (patient_id, status)
-- accept: appointment USING btree (status, patient_id)
-- accept: appointment USING btree (*) WHERE (status = 'pending'::text)

-- workload
\set i random(1, 80000)
SELECT a.id FROM patient p JOIN appointment a ON a.patient_id = p.id WHERE p.id = :i AND a.status = 'pending';
