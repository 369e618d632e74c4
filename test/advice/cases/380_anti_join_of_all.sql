-- Who of all has none.
-- schema: clinic
-- run: 4
-- none: both tables are read as a whole
-- obvious: prescription USING btree (patient_id)

-- workload
SELECT count(*), max(p.phone) FROM patient p WHERE NOT EXISTS (SELECT 1 FROM prescription r WHERE r.patient_id = p.id);
