-- The next page of one practitioner, backwards.
-- schema: clinic
-- run: 20
-- protocol: prepared
-- accept: appointment USING btree (practitioner_id, starts_at, id)
-- accept: appointment USING btree (practitioner_id, starts_at DESC, id DESC)
-- accept: appointment USING btree (practitioner_id, starts_at)
-- accept: appointment USING btree (practitioner_id, starts_at DESC)

-- workload
\set p random(1, 600)
\set d random(100, 890)
SELECT id, starts_at FROM appointment
WHERE practitioner_id = :p AND (starts_at, id) < (timestamptz '2022-01-01' + :d * interval '1 day', 100000)
ORDER BY starts_at DESC, id DESC LIMIT 10;
