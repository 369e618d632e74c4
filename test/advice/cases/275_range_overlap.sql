-- Appointments that overlap an hour.
-- schema: clinic
-- run: 20
-- accept: appointment USING gist (slot)

-- workload
\set h random(0, 21000)
SELECT id, practitioner_id FROM appointment
WHERE slot && tstzrange(timestamptz '2022-01-01' + :h * interval '1 hour', timestamptz '2022-01-01' + (:h + 1) * interval '1 hour');
