-- An update that finds its rows by a uuid.
-- schema: clinic
-- run: 30
-- protocol: prepared
-- accept: prescription USING btree (repeat_of)
-- accept: prescription USING hash (repeat_of)

-- workload
\set i random(1, 39000)
UPDATE prescription SET refills = 0 WHERE repeat_of = md5('r' || (:i::int * 3))::uuid;
