-- Which of a few patients never got a prescription.
-- schema: clinic
-- run: 30
-- accept: prescription USING btree (patient_id)

-- workload
\set p random(1, 79000)
SELECT p.id FROM patient p WHERE p.id BETWEEN :p AND :p + 40
  AND NOT EXISTS (SELECT 1 FROM prescription r WHERE r.patient_id = p.id);
