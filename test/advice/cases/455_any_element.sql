-- An element of an array, written with ANY: no GIN index serves it.
-- schema: freight
-- run: 20
-- none: written so, no index serves it
-- obvious: parcel USING gin (tags)

-- workload
\set i random(1, 249)
SELECT id, state FROM parcel WHERE 't' || :i = ANY (tags);
