-- All names but those with one beginning.
-- schema: clinic
-- run: 20
-- none: most rows are wanted
-- obvious: patient USING btree (last_name)

-- workload
SELECT count(*), max(phone) FROM patient WHERE last_name NOT LIKE 'A%';
