-- The documents have their index.
-- schema: clinic
-- run: 50
-- none: the index is there
-- obvious: lab_result USING gin (payload)

-- setup
CREATE INDEX ON lab_result USING gin (payload jsonb_path_ops);
-- workload
\set i random(0, 9000)
SELECT id, value FROM lab_result WHERE payload @> jsonb_build_object('batch', :i);
