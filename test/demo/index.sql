-- The proposal that saves most, and then the index itself.
\pset footer off
\pset linestyle unicode
SELECT id AS proposal FROM perfext.missing_indexes WHERE verified ORDER BY saved_time DESC LIMIT 1 \gset
SELECT calls, perfext.format_time(total_exec_time) AS "time taken",
       perfext.format_time(saved_time) AS "an index saves",
       round(cost_before) || ' -> ' || round(cost_after) AS "planner's cost",
       pg_size_pretty(index_size_bytes) AS "its size",
       perfext.format_time(write_cost_time) AS "writing it costs"
FROM perfext.missing_indexes WHERE id = :'proposal';
SELECT unnest(string_to_array(ddl, E'\n')) AS "created now" FROM perfext.missing_indexes
WHERE id = :'proposal';
SELECT unnest(string_to_array(ddl, E'\n')) FROM perfext.missing_indexes WHERE id = :'proposal' \gexec
