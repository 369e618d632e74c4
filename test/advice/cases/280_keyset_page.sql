-- The next page after a pair of values.
-- schema: clinic
-- run: 15
-- accept: appointment USING btree (starts_at, id)
-- accept: appointment USING btree (starts_at)

-- workload
\set d random(0, 890)
SELECT id, starts_at, status FROM appointment
WHERE (starts_at, id) > (timestamptz '2022-01-01' + :d * interval '1 day', 1000) ORDER BY starts_at, id LIMIT 50;
