-- a negated pattern
-- schema: wiki
-- run: 4
-- none: 99 % of the rows
-- obvious: hit USING btree (path)

-- workload
SELECT count(*), max(duration_ms) FROM hit WHERE path NOT LIKE '/p/12%';
