-- The expression has its index.
-- schema: clinic
-- run: 300
-- none: the index is there
-- obvious: patient USING btree (lower(email), id)

-- setup
CREATE UNIQUE INDEX ON patient (lower(email));
ANALYZE patient;
-- workload
\set i random(1, 80000)
SELECT id FROM patient WHERE lower(email) = 'p' || :i || '@mail' || :i % 90 || '.example';
