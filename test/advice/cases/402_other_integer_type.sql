-- An int column and a bigint parameter.
-- schema: clinic
-- run: 30
-- protocol: prepared
-- accept: prescription USING btree (patient_id)
-- accept: prescription USING hash (patient_id)

-- workload
\set p random(1, 80000)
SELECT id, drug_id FROM prescription WHERE patient_id = :p::bigint;
