-- a rare status in a table of requests
-- schema: wiki
-- run: 5
-- accept: hit USING btree (status)
-- accept: hit USING btree (status) INCLUDE (path, duration_ms)
-- accept: hit USING btree (*) WHERE (status = 500)

-- workload
SELECT path, count(*), max(duration_ms) FROM hit WHERE status = 500 GROUP BY path ORDER BY 2 DESC LIMIT 10;
