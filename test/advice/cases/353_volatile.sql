-- A condition that is different for each row.
-- schema: clinic
-- run: 10
-- none: the value is another one for each row
-- obvious: appointment USING btree (practitioner_id)

-- workload
SELECT sum(length(notes)) FROM appointment WHERE practitioner_id = 1 + (random() * 600)::int;
