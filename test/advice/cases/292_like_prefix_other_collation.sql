-- The beginning of a name whose collation is not C.
-- schema: freight
-- run: 40
-- accept: customer USING btree (name text_pattern_ops)
-- accept: customer USING btree (name varchar_pattern_ops)
-- accept: customer USING btree (name COLLATE "C")

-- workload
\set i random(1, 50000)
SELECT id, name FROM customer WHERE name LIKE initcap(substr(md5(:i::text), 1, 6)) || '%';
