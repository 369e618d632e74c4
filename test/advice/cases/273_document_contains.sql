-- A document that contains another, as a parameter.
-- schema: clinic
-- run: 20
-- protocol: prepared
-- accept: lab_result USING gin (payload)
-- accept: lab_result USING gin (payload jsonb_path_ops)

-- workload
\set i random(0, 9000)
SELECT id, value FROM lab_result WHERE payload @> jsonb_build_object('batch', :i::int);
