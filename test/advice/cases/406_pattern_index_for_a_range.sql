-- An index for patterns does not give a range.
-- schema: freight
-- run: 40
-- accept: customer USING btree (name)

-- setup
CREATE INDEX customer_name_pattern ON customer (name text_pattern_ops);
-- workload
\set i random(1, 49000)
SELECT id, name FROM customer WHERE name > initcap(substr(md5(:i::text), 1, 8)) ORDER BY name LIMIT 20;
