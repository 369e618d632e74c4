-- Just the index that is wanted.
-- schema: clinic
-- run: 500
-- none: the index is there
-- obvious: patient USING btree (phone)

-- setup
CREATE UNIQUE INDEX ON patient (phone);
-- workload
\set i random(1, 80000)
SELECT id, last_name FROM patient WHERE phone = '0' || (100000000 + :i::bigint * 6151 % 899999981);
