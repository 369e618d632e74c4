-- The index is there, but a build that failed has left it invalid.
-- schema: clinic
-- run: 40
-- accept: patient USING btree (phone)
-- accept: patient USING hash (phone)

-- setup
CREATE INDEX patient_phone ON patient (phone);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'patient_phone'::regclass;
-- workload
\set i random(1, 80000)
SELECT id, last_name FROM patient WHERE phone = '0' || (100000000 + :i::bigint * 6151 % 899999981);
