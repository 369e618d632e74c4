-- A row goes, and the foreign key looks for what refers to it.
-- schema: clinic
-- run: 30
-- accept: prescription USING btree (drug_id)

-- workload
\set d random(3001, 9000)
INSERT INTO drug VALUES (:d, 'D', 'another drug');
DELETE FROM drug WHERE id = :d;
