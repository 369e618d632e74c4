-- A number in a document, compared as a number.
-- schema: clinic
-- run: 20
-- accept: lab_result USING btree (((payload ->> 'batch'::text)::integer))

-- workload
\set i random(0, 8990)
SELECT id, code, taken_at FROM lab_result WHERE (payload->>'batch')::int BETWEEN :i AND :i + 1;
