-- A third of the rows, by a range.
-- schema: clinic
-- run: 8
-- none: a third of the rows, all over the table
-- obvious: appointment USING btree (starts_at)

-- workload
SELECT clinic_id, count(*), max(notes) FROM appointment WHERE starts_at >= '2022-06-01' AND starts_at < '2023-03-01' GROUP BY 1;
