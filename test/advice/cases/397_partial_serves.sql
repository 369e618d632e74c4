-- A partial index that fits.
-- schema: clinic
-- run: 60
-- none: the partial index serves it
-- obvious: appointment USING btree (starts_at)

-- setup
CREATE INDEX ON appointment (starts_at) WHERE status = 'pending';
-- workload
SELECT id, patient_id FROM appointment WHERE status = 'pending' ORDER BY starts_at LIMIT 20;
