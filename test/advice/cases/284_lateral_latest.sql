-- For each of a few patients, the latest three.
-- schema: clinic
-- run: 5
-- accept: appointment USING btree (patient_id, starts_at)
-- accept: appointment USING btree (patient_id, starts_at DESC)
-- accept: appointment USING btree (patient_id)

-- workload
\set p random(1, 79000)
SELECT p.id, p.last_name, a.starts_at FROM patient p
CROSS JOIN LATERAL (SELECT starts_at FROM appointment WHERE patient_id = p.id ORDER BY starts_at DESC LIMIT 3) a
WHERE p.id BETWEEN :p AND :p + 9;
