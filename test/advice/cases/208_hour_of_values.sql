-- an hour out of a table in the order of time
-- schema: iot
-- run: 10
-- accept: measurement USING brin (measured_at)
-- accept: measurement USING btree (measured_at)
-- accept: measurement USING btree (measured_at) INCLUDE (channel, value)

-- workload
\set h random(1, 600)
SELECT channel, avg(value) FROM measurement
WHERE measured_at >= '2026-01-01'::timestamptz + :h * interval '1 hour' AND measured_at < '2026-01-01'::timestamptz + (:h + 1) * interval '1 hour'
GROUP BY channel;
