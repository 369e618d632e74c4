-- The other direction of an index that is there.
-- schema: clinic
-- run: 300
-- none: an index is read backwards
-- obvious: appointment USING btree (practitioner_id, starts_at DESC)

-- setup
CREATE INDEX ON appointment (practitioner_id, starts_at);
-- workload
\set p random(1, 600)
SELECT id, starts_at FROM appointment WHERE practitioner_id = :p ORDER BY starts_at DESC LIMIT 5;
