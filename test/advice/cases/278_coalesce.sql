-- A default for null, and then equality: two in three hundred.
-- schema: campus
-- run: 60
-- accept: message USING btree (COALESCE(read_at, '2000-01-01 00:00:00'::timestamp without time zone))
-- accept: message USING btree (*) WHERE (COALESCE(read_at, '2000-01-01 00:00:00'::timestamp without time zone) = '2000-01-01 00:00:00'::timestamp without time zone)

-- workload
SELECT id, sender_id FROM message WHERE COALESCE(read_at, timestamp '2000-01-01') = timestamp '2000-01-01';
