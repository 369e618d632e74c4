/*
 * A statement that was given another plan and has been much slower since. Only
 * when the old plan was not used any more after the new one came: two plans in
 * turns are two kinds of parameters, not a change.
 */
CREATE VIEW perfext.rule_plan_change AS
WITH plan AS (
    SELECT userid, dbid, queryid, toplevel, planid, calls, total_exec_time, mean_exec_time,
           p50_exec_time, first_seen, last_seen
    FROM perfext.plans(showplan => false)
),
latest AS (
    SELECT DISTINCT ON (userid, dbid, queryid, toplevel) *
    FROM plan
    ORDER BY userid, dbid, queryid, toplevel, first_seen DESC
),
before AS (
    SELECT DISTINCT ON (o.userid, o.dbid, o.queryid, o.toplevel) o.*
    FROM plan AS o
    JOIN latest AS n USING (userid, dbid, queryid, toplevel)
    WHERE o.planid <> n.planid
      AND o.last_seen <= n.first_seen
      AND o.calls >= 10
    ORDER BY o.userid, o.dbid, o.queryid, o.toplevel, o.last_seen DESC
)
SELECT
    'plan_change'::text AS kind,
    concat_ws('/', s.userid, s.dbid, s.queryid, s.toplevel) AS subject_key,
    NULL::text AS severity,
    s.title AS subject,
    format('Since %s the statement has another plan and takes %s instead of %s (mean of %s and %s '
        'executions).',
        to_char(n.first_seen, 'YYYY-MM-DD HH24:MI'), perfext.format_time(n.mean_exec_time),
        perfext.format_time(o.mean_exec_time), perfext.format_count(n.calls),
        perfext.format_count(o.calls)) AS summary,
    jsonb_build_object('queryids', jsonb_build_array(s.queryid), 'role', s.role_name,
        'database', s.database_name, 'calls', n.calls,
        'total_time', round(n.total_exec_time::numeric, 1),
        'planid', n.planid, 'mean_exec_time', round(n.mean_exec_time::numeric, 3),
        'planid_before', o.planid, 'mean_exec_time_before', round(o.mean_exec_time::numeric, 3),
        'changed', n.first_seen) AS evidence,
    format(E'-- compare the two plans; then ANALYZE the tables whose estimates differ:\n'
        'SELECT p.planid, p.mean_exec_time, jsonb_pretty(p.plan) FROM perfext.plans AS p\n'
        'WHERE p.queryid = %s AND p.planid IN (%s, %s);', s.queryid, o.planid, n.planid) AS action,
    n.total_exec_time / s.database_time AS impact_ratio,
    1 - o.mean_exec_time / n.mean_exec_time AS expected_gain_ratio,
    CASE WHEN n.calls >= 50 AND o.calls >= 50 THEN 'medium' ELSE 'low' END AS confidence,
    n.first_seen,
    n.last_seen
FROM latest AS n
JOIN before AS o USING (userid, dbid, queryid, toplevel)
JOIN perfext.rule_statements AS s USING (userid, dbid, queryid, toplevel)
WHERE n.calls >= 10
  AND n.mean_exec_time >= 2 * o.mean_exec_time
  AND n.p50_exec_time >= 2 * o.p50_exec_time;

COMMENT ON VIEW perfext.rule_plan_change IS
    'Rule: statements that have been slower since they were given another plan';
