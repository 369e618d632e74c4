/*
 * Plans made for parallel workers that were not to be had.
 */
CREATE VIEW perfext.rule_parallel_workers AS
SELECT
    'parallel_workers'::text AS kind,
    concat_ws('/', userid, dbid, queryid, toplevel) AS subject_key,
    NULL::text AS severity,
    title AS subject,
    format('Only %s of %s planned parallel workers could be started; the pool of %s '
        '(max_parallel_workers) is too small for what runs at the same time.',
        perfext.format_count(parallel_workers_launched),
        perfext.format_count(parallel_workers_to_launch),
        pg_catalog.current_setting('max_parallel_workers')) AS summary,
    jsonb_build_object('queryids', jsonb_build_array(queryid), 'role', role_name,
        'database', database_name, 'calls', calls, 'total_time', round(spent_time::numeric, 1),
        'workers_planned', parallel_workers_to_launch,
        'workers_launched', parallel_workers_launched) AS evidence,
    format(E'ALTER SYSTEM SET max_parallel_workers = %s;\n'
        'ALTER SYSTEM SET max_worker_processes = %s;  -- needs a restart\n'
        'SELECT pg_reload_conf();\n'
        '-- or, if the processors are busy anyway, plan for fewer:\n'
        'ALTER SYSTEM SET max_parallel_workers_per_gather = %s;',
        2 * pg_catalog.current_setting('max_parallel_workers')::int,
        greatest(pg_catalog.current_setting('max_worker_processes')::int,
            2 * pg_catalog.current_setting('max_parallel_workers')::int + 4),
        greatest(0, pg_catalog.current_setting('max_parallel_workers_per_gather')::int - 1))
        AS action,
    spent_time / database_time AS impact_ratio,
    (0.5 * (1 - parallel_workers_launched / parallel_workers_to_launch::float8))::float8
        AS expected_gain_ratio,
    'low'::text AS confidence,
    stats_since AS first_seen,
    last_call AS last_seen
FROM perfext.rule_statements
WHERE parallel_workers_to_launch >= 10
  /* none at all is no full pool: a row limit (PL/pgSQL, cursors) forbids workers */
  AND parallel_workers_launched > 0
  AND parallel_workers_launched <= 0.7 * parallel_workers_to_launch;

COMMENT ON VIEW perfext.rule_parallel_workers IS
    'Rule: statements that do not get the parallel workers that their plans count on';
