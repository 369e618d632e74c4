-- A CTE that finds few, joined with many.
-- schema: clinic
-- run: 15
-- accept: patient USING btree (last_name) + appointment USING btree (patient_id)
-- accept: patient USING btree (last_name) + appointment USING btree (patient_id, starts_at)

-- workload
\set i random(1, 29999)
WITH found AS (SELECT id, first_name FROM patient WHERE last_name = initcap(substr(md5(:i || 'l'), 1, 9)))
SELECT f.first_name, a.starts_at FROM found f JOIN appointment a ON a.patient_id = f.id ORDER BY a.starts_at;
