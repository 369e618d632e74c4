-- The beginning of a number, in a database of collation C.
-- schema: freight
-- run: 15
-- accept: parcel USING btree (tracking)
-- accept: parcel USING btree (tracking text_pattern_ops)
-- accept: parcel USING btree (tracking varchar_pattern_ops)

-- workload
\set i random(100000, 999999)
SELECT id, state FROM parcel WHERE tracking LIKE 'TR000' || :i || '%';
