-- A queue: the rare status, oldest first, a page of it.
-- schema: clinic
-- run: 20
-- accept: appointment USING btree (starts_at) WHERE (status = 'pending'::text)
-- accept: appointment USING btree (status, starts_at)

-- workload
SELECT id, patient_id FROM appointment WHERE status = 'pending' ORDER BY starts_at LIMIT 25;
