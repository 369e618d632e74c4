-- A list of values as a table.
-- schema: freight
-- run: 20
-- accept: parcel USING btree (tracking)
-- accept: parcel USING hash (tracking)

-- workload
\set i random(1, 170000)
SELECT p.id, p.state FROM (VALUES (:i), (:i + 17), (:i + 301)) v(n)
JOIN parcel p ON p.tracking = 'TR' || lpad((v.n::bigint * 4447 % 9999991)::text, 10, '0');
