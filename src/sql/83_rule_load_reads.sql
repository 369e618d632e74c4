/*
 * Reading in jobs: results too large for the client, the same table read several times,
 * statistics that are older than the load. And updates of most of a table.
 */
CREATE VIEW perfext.rule_large_result AS
SELECT
    'large_result'::text AS kind,
    concat_ws('/', d.datname, r.schemaname, r.relname) AS subject_key,
    CASE WHEN r.bytes / r.statements >= 1073741824 THEN 'medium' ELSE 'low' END AS severity,
    coalesce(perfext.format_line(r.schemaname || '.' || r.relname, 100), 'results') AS subject,
    format('%s sent %s rows, about %s, to the client in one piece, which most drivers keep in memory '
        'as a whole; with a cursor the client needs memory for one portion only, and has the first '
        'rows at once.',
        CASE r.statements WHEN 1 THEN 'A query' ELSE perfext.format_count(r.statements)
            || ' queries' END || coalesce(' on '
            || perfext.format_line(r.schemaname || '.' || r.relname, 100), ''),
        CASE r.statements WHEN 1 THEN '' ELSE 'each ' END
            || perfext.format_count(r.rows / r.statements::float8),
        pg_size_pretty(r.bytes / r.statements)) AS summary,
    jsonb_build_object('queryids', to_jsonb(r.queryids), 'database', d.datname,
        'statements', r.statements, 'rows_per_statement', r.rows / r.statements,
        'bytes_per_statement', r.bytes / r.statements,
        'total_time', round(r.total_time::numeric, 1)) AS evidence,
    concat_ws(E'\n',
        '-- in a transaction:',
        '--   DECLARE c CURSOR FOR <the query>;   then   FETCH 10000 FROM c;   until none come',
        '-- in drivers: a named cursor (psycopg), setFetchSize with autocommit off (JDBC), '
        'find_in_batches, iterator() (ORMs)',
        '-- for files: COPY (<the query>) TO STDOUT') AS action,
    0::float8 AS impact_ratio,
    0::float8 AS expected_gain_ratio,
    'medium'::text AS confidence,
    r.first_seen,
    r.last_seen
FROM perfext.etl_reads AS r
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = r.dbid
WHERE r.operation = 'result'
  AND r.bytes >= 67108864 * r.statements
  AND coalesce(r.schemaname, '') NOT IN ('pg_catalog', 'information_schema', 'perfext');

COMMENT ON VIEW perfext.rule_large_result IS
    'Rule: results of 64 MB and more that went to a client in one piece';

/*
 * What one session reads is seen one after the other as it comes. Of statements in several
 * sessions that fill tables, it is known when each ran last.
 */
CREATE VIEW perfext.rule_repeated_scans AS
WITH node AS MATERIALIZED (
    -- scans that need most of what they read: others want an index
    SELECT n.* FROM perfext.rule_nodes AS n
    WHERE n.is_here AND n.node_type ~ 'Seq Scan$'
      AND n.rows >= 0.1 * (n.rows + coalesce(n.rows_removed, 0))
      AND n.schemaname NOT IN ('pg_catalog', 'information_schema', 'perfext', 'pg_temp')
),
read AS (
    SELECT n.database_name, n.database_time, n.node_time, r.dbid, r.schemaname, r.relname,
           r.queryids, r.statements, r.runs, r.first_seen, r.last_seen
    FROM perfext.etl_reads AS r
    CROSS JOIN LATERAL (
        SELECT min(n.database_name) AS database_name, min(n.database_time) AS database_time,
               sum(n.node_time) AS node_time
        FROM node AS n
        WHERE n.dbid = r.dbid AND n.relid = r.relid AND n.queryid = ANY (r.queryids)
    ) AS n
    WHERE r.operation = 'scan' AND n.node_time > 0
),
-- statements that fill tables from all of a large one
filling AS (
    SELECT n.dbid, n.relid, n.queryid, min(n.schemaname) AS schemaname,
           min(n.relname) AS relname, min(n.database_name) AS database_name,
           min(n.database_time) AS database_time, sum(n.node_time) AS node_time,
           max(n.calls) AS calls, max(n.spent_time) / max(n.calls) AS mean_time,
           min(n.plan_first_seen) AS first_seen, max(n.plan_last_seen) AS last_seen
    FROM node AS n
    WHERE pg_relation_size(n.relid) >= 8388608 AND n.calls > 0
      AND EXISTS (SELECT FROM perfext.judged_loads AS l
                  WHERE l.is_here AND n.queryid = ANY (l.queryids) AND l.dbid = n.dbid
                    AND l.operation IN ('ctas', 'select_into', 'refresh', 'insert_select', 'merge'))
    GROUP BY n.dbid, n.relid, n.queryid
),
follows AS (
    SELECT f.*,
           CASE WHEN f.last_seen - interval '1 ms' * f.mean_time
               <= lag(f.last_seen) OVER w + interval '1 minute' THEN 0 ELSE 1 END AS begins
    FROM filling AS f
    WINDOW w AS (PARTITION BY f.dbid, f.relid ORDER BY f.last_seen)
),
grouped AS (
    SELECT f.*, sum(f.begins) OVER (PARTITION BY f.dbid, f.relid ORDER BY f.last_seen) AS place
    FROM follows AS f
),
scan AS (
    SELECT * FROM read
    UNION ALL
    SELECT database_name, database_time, node_time, dbid, schemaname, relname, queryids,
           statements, runs, first_seen, last_seen
    FROM (
        SELECT min(g.database_name) AS database_name, min(g.database_time) AS database_time,
               sum(g.node_time) AS node_time, g.dbid, min(g.schemaname) AS schemaname,
               min(g.relname) AS relname,
               array_agg(g.queryid ORDER BY g.last_seen DESC) AS queryids,
               -- as often as the rarest one, they ran together
               count(*) * min(g.calls) AS statements, min(g.calls) AS runs,
               min(g.first_seen) AS first_seen, max(g.last_seen) AS last_seen,
               row_number() OVER (PARTITION BY g.dbid, g.relid ORDER BY count(*) DESC) AS nth
        FROM grouped AS g
        GROUP BY g.dbid, g.relid, g.place
        HAVING count(*) >= 3
    ) AS f
    WHERE f.nth = 1
      AND NOT EXISTS (SELECT FROM read AS r
                      WHERE (r.dbid, r.schemaname, r.relname)
                          = (f.dbid, f.schemaname, f.relname))
)
SELECT
    'repeated_scans'::text AS kind,
    concat_ws('/', database_name, schemaname, relname) AS subject_key,
    NULL::text AS severity,
    perfext.format_line(schemaname || '.' || relname, 100) AS subject,
    format('Sessions read all of %s %s times one after the other, each time for another query (%s '
        'in all); one pass that computes the results together reads it once.',
        perfext.format_line(schemaname || '.' || relname, 100),
        perfext.format_count(statements / greatest(runs, 1)::float8),
        perfext.format_time(node_time)) AS summary,
    jsonb_build_object('queryids', to_jsonb(queryids), 'database', database_name,
        'relation', schemaname || '.' || relname, 'scans', statements, 'sessions', runs,
        'scan_time', round(node_time::numeric, 1)) AS evidence,
    concat_ws(E'\n',
        '-- aggregates together: sum(x) FILTER (WHERE ...), GROUP BY GROUPING SETS (...)',
        '-- or the rows and columns that all of them need, once:',
        format('CREATE TEMPORARY TABLE needed AS SELECT ... FROM %I.%I;', schemaname, relname))
        AS action,
    node_time / database_time AS impact_ratio,
    0.7 * (1 - greatest(runs, 1) / statements::float8) AS expected_gain_ratio,
    'low'::text AS confidence,
    first_seen,
    last_seen
FROM scan;

COMMENT ON VIEW perfext.rule_repeated_scans IS
    'Rule: large tables that sessions read in whole several times, for different queries';

CREATE VIEW perfext.rule_load_analyze AS
WITH node AS MATERIALIZED (
    SELECT * FROM perfext.rule_nodes
    WHERE is_here AND samples > 0 AND estimate_error >= 10 AND complete_loops = loops
      AND node_type ~ 'Scan( Backward)?$'
      AND greatest(est_rows, rows / greatest(loops, 1)::float8) >= 1000
),
loaded AS (
    SELECT l.relid, min(l.dbid) AS dbid, min(l.database_name) AS database_name,
           min(l.title) AS title, min(l.full_name) AS full_name, min(l.relname) AS relname,
           min(l.schemaname) AS schemaname,
           min(l.database_time) AS database_time, sum(l.rows) AS rows,
           (array_agg(to_jsonb(l.queryids) ORDER BY l.rows DESC))[1] AS queryids,
           min(l.first_seen) AS first_seen, max(l.last_seen) AS last_seen
    FROM perfext.judged_loads AS l
    WHERE l.is_here AND l.operation IN ('copy', 'insert', 'insert_select', 'merge', 'ctas',
                                        'select_into', 'update')
    GROUP BY l.relid
    HAVING sum(l.rows) >= 10000
),
stale AS (
    SELECT l.*, t.n_mod_since_analyze AS modified, t.n_live_tup AS live_rows,
           greatest(t.last_analyze, t.last_autoanalyze) AS analyzed
    FROM loaded AS l
    JOIN pg_catalog.pg_class AS c ON c.oid = l.relid AND c.relname = l.relname
    JOIN pg_catalog.pg_stat_all_tables AS t ON t.relid = l.relid
    WHERE t.n_mod_since_analyze >= greatest(10000, 0.2 * t.n_live_tup)
),
misled AS (
    SELECT s.*, n.stake_time, n.estimate_error, n.est_rows, n.real_rows, n.queries, n.readers
    FROM stale AS s
    CROSS JOIN LATERAL (
        SELECT sum(n.plan_time) AS stake_time, max(n.estimate_error) AS estimate_error,
               (array_agg(n.est_rows ORDER BY n.plan_time DESC))[1] AS est_rows,
               (array_agg(n.rows / greatest(n.loops, 1)::float8 ORDER BY n.plan_time DESC))[1]
                   AS real_rows,
               count(DISTINCT n.queryid) AS queries, jsonb_agg(DISTINCT n.queryid) AS readers
        FROM node AS n
        WHERE n.dbid = s.dbid AND n.relid = s.relid AND n.plan_last_seen > s.first_seen
    ) AS n
    WHERE n.stake_time > 0
)
SELECT
    'load_analyze'::text AS kind,
    concat_ws('/', database_name, schemaname, relname) AS subject_key,
    NULL::text AS severity,
    title AS subject,
    format('%s rows were loaded into %s%s, and the planner, which was not told, expects %s rows where '
        '%s come; analyze it at the end of the load.',
        perfext.format_count(rows), title,
        CASE WHEN analyzed IS NULL THEN ', which was never analyzed' ELSE '' END,
        perfext.format_count(est_rows), perfext.format_count(real_rows)) AS summary,
    jsonb_build_object('queryids', queryids, 'misled_queryids', readers,
        'database', database_name, 'relation', title, 'rows', rows,
        'rows_modified_since_analyze', modified, 'last_analyze', analyzed,
        'estimated_rows', round(est_rows::numeric), 'rows_read', round(real_rows::numeric),
        'estimate_error', round(estimate_error::numeric, 1)) AS evidence,
    format(E'-- as the last step of the load:\nANALYZE %s;', full_name) AS action,
    least(1, stake_time / database_time) AS impact_ratio,
    0.3::float8 AS expected_gain_ratio,
    'low'::text AS confidence,
    first_seen,
    last_seen
FROM misled;

COMMENT ON VIEW perfext.rule_load_analyze IS
    'Rule: loads after which the planner works with old statistics';

CREATE VIEW perfext.rule_update_all AS
WITH updated AS (
    SELECT l.*, c.live_rows, t.hot_ratio
    FROM perfext.judged_loads AS l
    CROSS JOIN LATERAL (SELECT perfext.live_rows(l.relid) AS live_rows) AS c
    CROSS JOIN LATERAL (
        SELECT (sum(s.n_tup_hot_upd) / nullif(sum(s.n_tup_upd), 0))::float8 AS hot_ratio
        FROM (SELECT l.relid UNION SELECT p.relid FROM pg_catalog.pg_partition_tree(l.relid) AS p)
            AS part
        JOIN pg_catalog.pg_stat_all_tables AS s ON s.relid = part.relid
    ) AS t
    WHERE l.operation = 'update' AND l.is_here
      AND l.rows_per_statement >= 10000
)
SELECT
    'update_all'::text AS kind,
    concat_ws('/', database_name, schemaname, relname) AS subject_key,
    NULL::text AS severity,
    title AS subject,
    format('An UPDATE changes %s of the %s rows of %s at once, %s of them not in their page: '
        'each leaves a dead row and goes into all %s indexes again (%s rows/s).',
        perfext.format_ratio(least(1, rows_per_statement / live_rows)),
        perfext.format_count(live_rows), title, perfext.format_ratio(1 - hot_ratio), index_count,
        perfext.format_count(rows_per_second)) AS summary,
    jsonb_build_object('queryids', to_jsonb(queryids), 'database', database_name,
        'relation', title, 'statements', statements,
        'rows_per_statement', round(rows_per_statement::numeric),
        'live_rows', round(live_rows::numeric), 'hot_update_ratio', round(hot_ratio::numeric, 3),
        'wal_bytes', wal_bytes, 'total_time', round(total_time::numeric, 1),
        'rows_per_second', round(rows_per_second::numeric),
        'projected_rows_per_second', round((2 * rows_per_second)::numeric)) AS evidence,
    concat_ws(E'\n',
        '-- only the rows that become other ones:',
        format('--   UPDATE %s SET column = value WHERE ... AND column IS DISTINCT FROM value;',
            full_name),
        '-- or, where really all do, a new table instead of new rows in the old one:',
        format('--   CREATE TABLE new AS SELECT ... FROM %s;  then indexes, and rename', full_name),
        format('VACUUM ANALYZE %s;  -- after it, so that the room is used again', full_name))
        AS action,
    total_time / database_time AS impact_ratio,
    0.5::float8 AS expected_gain_ratio,
    'low'::text AS confidence,
    first_seen,
    last_seen
FROM updated
WHERE rows_per_statement >= 0.5 * live_rows
  AND hot_ratio < 0.5;

COMMENT ON VIEW perfext.rule_update_all IS
    'Rule: updates of most of a table whose rows do not stay in their pages';
