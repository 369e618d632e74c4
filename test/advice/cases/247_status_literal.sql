-- rare values of a column as literals, another in each call
-- schema: wiki
-- run: 16
-- accept: hit USING btree (status)
-- accept: hit USING btree (status) INCLUDE (duration_ms)
-- accept: hit USING btree (status, duration_ms)
-- accept: hit USING btree (*) WHERE (status = 500) + hit USING btree (*) WHERE (status = 404)

-- workload
\set a random(1, 4)
\if :a = 1
SELECT count(*), max(duration_ms) FROM hit WHERE status = 404;
\else
SELECT count(*), max(duration_ms) FROM hit WHERE status = 500;
\endif
