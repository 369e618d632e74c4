-- One search field for two columns.
-- schema: clinic
-- run: 40
-- accept: patient USING btree (mrn) + patient USING btree (phone)

-- workload
\set i random(1, 80000)
SELECT id, last_name FROM patient
WHERE phone = '0' || (100000000 + :i::bigint * 6151 % 899999981) OR mrn = 'M' || lpad((:i * 7919 % 999983)::text, 7, '0');
