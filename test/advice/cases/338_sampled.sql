-- a sample
-- schema: wiki
-- run: 20
-- none: TABLESAMPLE reads by pages
-- obvious: hit USING btree (status)

-- workload
SELECT status, count(*) FROM hit TABLESAMPLE SYSTEM (5) WHERE status <> 200 GROUP BY status;
