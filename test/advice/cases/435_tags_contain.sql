-- An array that contains another.
-- schema: freight
-- run: 20
-- accept: parcel USING gin (tags)

-- workload
\set i random(1, 249)
SELECT id, state FROM parcel WHERE tags @> ARRAY['t' || :i, 'u1'];
