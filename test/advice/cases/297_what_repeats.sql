-- A self join from one row to those that repeat it.
-- schema: clinic
-- run: 20
-- accept: prescription USING btree (repeat_of)
-- accept: prescription USING hash (repeat_of)

-- workload
\set i random(1, 39000)
SELECT a.id, b.id, b.issued - a.issued FROM prescription a JOIN prescription b ON b.repeat_of = a.id
WHERE a.id = md5('r' || (:i * 3))::uuid;
