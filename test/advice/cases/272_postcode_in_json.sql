-- A field of a document, as text.
-- schema: clinic
-- run: 20
-- accept: patient USING btree ((address ->> 'postcode'))
-- accept: patient USING btree (((address ->> 'postcode'::text)))

-- workload
\set i random(1, 20000)
SELECT id, last_name FROM patient WHERE address->>'postcode' = (10000 + :i)::text;
