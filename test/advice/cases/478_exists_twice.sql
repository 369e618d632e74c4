-- Two questions about one patient.
-- schema: clinic
-- run: 20
-- accept: appointment USING btree (patient_id) + prescription USING btree (patient_id)

-- workload
\set p random(1, 80000)
SELECT p.last_name, EXISTS (SELECT 1 FROM appointment a WHERE a.patient_id = p.id) AS seen,
       (SELECT count(*) FROM prescription r WHERE r.patient_id = p.id) AS drugs
FROM patient p WHERE p.id = :p;
