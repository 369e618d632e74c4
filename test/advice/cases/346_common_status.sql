-- Nine in ten rows.
-- schema: clinic
-- run: 5
-- none: nine in ten rows are wanted
-- obvious: appointment USING btree (status)

-- workload
SELECT sum(length(notes)), avg(patient_id) FROM appointment WHERE status = 'done';
