-- An address in any case, as a parameter that is lowered too.
-- schema: clinic
-- run: 30
-- protocol: prepared
-- accept: patient USING btree (lower(email))

-- workload
\set i random(1, 80000)
SELECT id, first_name FROM patient WHERE lower(email) = lower('p' || :i::int || '@MAIL' || :i::int % 90 || '.example');
