-- Each row finds its partner.
-- schema: clinic
-- run: 3
-- none: both tables are read as a whole
-- obvious: appointment USING btree (patient_id)

-- workload
SELECT p.gender, count(*), max(a.notes) FROM appointment a JOIN patient p ON p.id = a.patient_id GROUP BY p.gender;
