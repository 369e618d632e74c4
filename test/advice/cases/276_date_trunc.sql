-- A day by truncation, of a timestamp without time zone.
-- schema: clinic
-- run: 20
-- accept: lab_result USING btree (date_trunc('day', taken_at))

-- workload
\set d random(0, 890)
SELECT id, code, value FROM lab_result WHERE date_trunc('day', taken_at) = timestamp '2022-01-01' + :d * interval '1 day';
