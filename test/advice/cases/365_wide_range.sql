-- Two of the two and a half years.
-- schema: clinic
-- run: 5
-- none: most rows are wanted
-- obvious: appointment USING btree (starts_at)

-- workload
SELECT clinic_id, count(*), max(notes) FROM appointment WHERE starts_at >= timestamptz '2022-05-01' GROUP BY clinic_id;
