-- An index for patterns serves equality too.
-- schema: clinic
-- run: 500
-- none: the pattern index serves equality
-- obvious: patient USING btree (mrn)

-- setup
CREATE INDEX ON patient (mrn text_pattern_ops);
-- workload
\set i random(1, 80000)
SELECT id FROM patient WHERE mrn = 'M' || lpad((:i * 7919 % 999983)::text, 7, '0');
