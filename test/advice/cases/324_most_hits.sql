-- most of the time
-- schema: wiki
-- run: 5
-- none: 95 % of the rows
-- obvious: hit USING btree (seen_at)

-- workload
SELECT status, avg(duration_ms), max(path) FROM hit WHERE seen_at >= '2026-01-01 06:00' GROUP BY status;
