-- The beginning of a name in any case.
-- schema: clinic
-- run: 20
-- accept: patient USING btree (lower(last_name))
-- accept: patient USING btree (lower(last_name) text_pattern_ops)

-- workload
\set i random(1, 29999)
SELECT id, last_name, first_name FROM patient WHERE lower(last_name) LIKE substr(md5(:i || 'l'), 1, 7) || '%';
