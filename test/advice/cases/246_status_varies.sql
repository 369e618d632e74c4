-- rare values and frequent ones of a column, another in each call
-- schema: wiki
-- run: 12
-- accept: hit USING btree (status)
-- accept: hit USING btree (status) INCLUDE (duration_ms)
-- accept: hit USING btree (status, duration_ms)

-- workload
\set s random(0, 1)
SELECT count(*), max(duration_ms) FROM hit WHERE status = 404 + 96 * :s;
