/*
 * Statements whose planning takes longer than their execution, and long enough
 * to matter: 0.5 ms a time. Prepared statements save it, except where a table has
 * so many partitions that opening them is most of it.
 */
CREATE VIEW perfext.rule_planning_time AS
WITH slow AS (
    SELECT *
    FROM perfext.rule_statements AS s
    WHERE plans >= 20
      AND mean_plan_time >= 0.5
      AND total_plan_time > total_exec_time
      -- the values of many rows are planned as long as they are written, each time anew
      AND NOT (rows >= 50 * calls
               AND EXISTS (SELECT FROM perfext.etl_loads AS l
                           WHERE l.dbid = s.dbid AND l.operation = 'insert'
                             AND l.shape = 'values' AND s.queryid = ANY (l.queryids)))
),
partitioned AS (
    SELECT userid, dbid, queryid, toplevel,
           max(schemaname || '.' || relname) AS relation,
           max(leaves) AS leaves
    FROM (
        SELECT n.userid, n.dbid, n.queryid, n.toplevel, n.schemaname, n.relname,
               (SELECT count(*) FROM pg_catalog.pg_partition_tree(n.relid) WHERE isleaf) AS leaves
        FROM perfext.rule_nodes AS n
        JOIN pg_catalog.pg_class AS c ON c.oid = n.relid AND c.relkind = 'p'
        WHERE n.is_here
    ) AS p
    WHERE leaves >= 50
    GROUP BY userid, dbid, queryid, toplevel
)
SELECT
    'planning_time'::text AS kind,
    concat_ws('/', s.userid, s.dbid, s.queryid, s.toplevel) AS subject_key,
    NULL::text AS severity,
    s.title AS subject,
    format('Each of %s plannings takes %s, each execution %s; ',
        perfext.format_count(s.plans), perfext.format_time(s.mean_plan_time),
        perfext.format_time(s.mean_exec_time))
        || CASE WHEN p.leaves IS NOT NULL THEN format(
            'use fewer than the %s partitions of %s, or prepare the statement.',
            perfext.format_count(p.leaves), perfext.format_line(p.relation, 100))
            ELSE 'prepare the statement once in a session and execute it many times.' END
        AS summary,
    jsonb_build_object('queryids', jsonb_build_array(s.queryid), 'role', s.role_name,
        'database', s.database_name, 'calls', s.calls, 'plans', s.plans,
        'total_time', round(s.spent_time::numeric, 1),
        'plan_time', round(s.total_plan_time::numeric, 1),
        'exec_time', round(s.total_exec_time::numeric, 1),
        'partitions', p.leaves) AS evidence,
    concat_ws(E'\n',
        '-- the driver''s prepared statements (for example prepareThreshold in JDBC,',
        '-- prepare_threshold in psycopg), or in SQL, once in a session:',
        '--   PREPARE name AS <the statement>;   then   EXECUTE name (...);',
        CASE WHEN p.leaves IS NULL THEN
            '-- and, if it is planned anew each time all the same:' END,
        CASE WHEN p.leaves IS NULL THEN
            'SET plan_cache_mode = force_generic_plan;' END,
        CASE WHEN p.leaves IS NOT NULL THEN
            '-- and compare the partition key with values, so that partitions are left out; '
            'or merge partitions' END) AS action,
    s.total_plan_time / s.database_time AS impact_ratio,
    CASE WHEN p.leaves IS NULL THEN 0.8 ELSE 0.5 END::float8 AS expected_gain_ratio,
    'medium'::text AS confidence,
    s.stats_since AS first_seen,
    s.last_call AS last_seen
FROM slow AS s
LEFT JOIN partitioned AS p USING (userid, dbid, queryid, toplevel);

COMMENT ON VIEW perfext.rule_planning_time IS
    'Rule: statements that are planned longer than they run';
