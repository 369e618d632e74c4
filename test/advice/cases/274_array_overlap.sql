-- Any of two flags.
-- schema: clinic
-- run: 20
-- accept: lab_result USING gin (flags)

-- workload
\set i random(1, 398)
SELECT id, code, value FROM lab_result WHERE flags && ARRAY['f' || :i, 'f' || (:i + 1)];
