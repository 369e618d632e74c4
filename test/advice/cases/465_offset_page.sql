-- A page with an offset, of one clinic.
-- schema: clinic
-- run: 20
-- accept: appointment USING btree (clinic_id, starts_at)
-- accept: appointment USING btree (clinic_id, starts_at DESC)

-- workload
\set c random(1, 40)
SELECT id, starts_at, notes FROM appointment WHERE clinic_id = :c ORDER BY starts_at DESC LIMIT 20 OFFSET 40;
