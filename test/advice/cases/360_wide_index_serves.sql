-- The first column of a wide index.
-- schema: clinic
-- run: 100
-- none: an index begins with the column
-- obvious: appointment USING btree (practitioner_id)

-- setup
CREATE INDEX appointment_wide ON appointment (practitioner_id, status, starts_at, id);
-- workload
\set p random(1, 600)
SELECT count(*) FROM appointment WHERE practitioner_id = :p;
