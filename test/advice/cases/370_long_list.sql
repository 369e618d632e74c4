-- A list of values that has a third of the rows.
-- schema: clinic
-- run: 5
-- none: a third of the rows is wanted
-- obvious: appointment USING btree (practitioner_id)

-- workload
SELECT count(*), max(notes) FROM appointment
WHERE practitioner_id = ANY (SELECT id FROM practitioner WHERE id % 3 = 0);
