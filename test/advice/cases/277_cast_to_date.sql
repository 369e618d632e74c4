-- A day by cast, of a timestamp without time zone.
-- schema: clinic
-- run: 20
-- accept: lab_result USING btree ((taken_at::date))

-- workload
\set d random(0, 890)
SELECT count(*), avg(value) FROM lab_result WHERE taken_at::date = date '2022-01-01' + :d;
