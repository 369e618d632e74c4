-- An int column compared with a numeric: to be written otherwise.
-- schema: clinic
-- run: 30
-- none: the condition has to be written as an int
-- obvious: prescription USING btree (patient_id)

-- workload
\set p random(1, 80000)
SELECT id, drug_id FROM prescription WHERE patient_id = :p.0;
