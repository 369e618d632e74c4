/*
 * Statements that fail, time out or are cancelled, often or after long work.
 */
CREATE VIEW perfext.rule_failures AS
WITH failing AS (
    SELECT s.*,
           s.failures / (s.failures + s.calls)::float8 AS failure_ratio,
           s.failed_exec_time / (s.database_time + s.failed_exec_time) AS lost_ratio
    FROM perfext.rule_statements AS s
    WHERE s.failures > 0
)
SELECT
    'failures'::text AS kind,
    concat_ws('/', userid, dbid, queryid, toplevel) AS subject_key,
    CASE WHEN lost_ratio >= 0.2 AND failed_exec_time >= 1000 THEN 'high'
        WHEN lost_ratio >= 0.05 OR failure_ratio >= 0.5 THEN 'medium' ELSE 'low' END AS severity,
    title AS subject,
    format('%s of %s executions failed, after %s each and %s in all; read in the server''s log why.',
        perfext.format_count(failures), perfext.format_count(failures + calls),
        perfext.format_time(failed_exec_time / failures),
        perfext.format_time(failed_exec_time)) AS summary,
    jsonb_build_object('queryids', jsonb_build_array(queryid), 'role', role_name,
        'database', database_name, 'calls', calls, 'failures', failures,
        'failure_ratio', round(failure_ratio::numeric, 4),
        'failed_exec_time', round(failed_exec_time::numeric, 1)) AS evidence,
    concat_ws(E'\n',
        format('-- find the errors in the server''s log, by the statement''s identifier %s:',
            queryid),
        CASE WHEN pg_catalog.current_setting('log_line_prefix') !~ '%-?\d*Q' THEN
            format(E'ALTER SYSTEM SET log_line_prefix = %L;\nSELECT pg_reload_conf();',
                pg_catalog.current_setting('log_line_prefix') || 'query=%Q ') END) AS action,
    lost_ratio AS impact_ratio,
    least(1, failure_ratio * 1.0)::float8 AS expected_gain_ratio,
    'medium'::text AS confidence,
    stats_since AS first_seen,
    last_call AS last_seen
FROM failing
WHERE (failures >= 3 AND lost_ratio >= 0.02 AND failed_exec_time >= 50)
   OR (failures >= 50 AND failure_ratio >= 0.2);

COMMENT ON VIEW perfext.rule_failures IS
    'Rule: statements that often fail, or lose much time when they do';
