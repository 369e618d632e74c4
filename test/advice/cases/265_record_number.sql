-- A patient by the number of the record; literals.
-- schema: clinic
-- run: 40
-- accept: patient USING btree (mrn)

-- workload
\set i random(1, 80000)
SELECT * FROM patient WHERE mrn = 'M' || lpad((:i * 7919 % 999983)::text, 7, '0');
