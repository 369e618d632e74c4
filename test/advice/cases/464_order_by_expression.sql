-- The first names in any case.
-- schema: clinic
-- run: 15
-- accept: patient USING btree (lower(last_name))
-- accept: patient USING btree (lower(last_name), id)

-- workload
SELECT id, last_name, first_name FROM patient ORDER BY lower(last_name) LIMIT 20;
