-- Rows of one patient, numbered.
-- schema: clinic
-- run: 30
-- accept: prescription USING btree (patient_id)
-- accept: prescription USING btree (patient_id, issued)
-- accept: prescription USING btree (patient_id, issued DESC)

-- workload
\set p random(1, 80000)
SELECT id, issued, row_number() OVER (PARTITION BY patient_id ORDER BY issued DESC) FROM prescription WHERE patient_id = :p;
