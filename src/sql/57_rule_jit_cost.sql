/*
 * Statements that just-in-time compilation costs a quarter of their time and more.
 * What it gives is at most a fifth of the rest; the difference is what can be saved.
 */
CREATE VIEW perfext.rule_jit_cost AS
WITH compiled AS (
    SELECT s.*,
           s.jit_generation_time + s.jit_inlining_time + s.jit_optimization_time
               + s.jit_emission_time AS jit_time
    FROM perfext.rule_statements AS s
    WHERE s.jit_functions > 0
      AND s.calls >= 3
),
cost AS (
    SELECT p.userid, p.dbid, p.queryid, p.toplevel,
           max((p.plan->0->'Plan'->>'Total Cost')::float8) AS total_cost
    FROM perfext.plans(showplan => EXISTS (SELECT FROM compiled)) AS p
    GROUP BY p.userid, p.dbid, p.queryid, p.toplevel
),
found AS (
    SELECT c.*, k.total_cost,
           greatest(0, 1 - 0.2 * (c.total_exec_time - c.jit_time) / c.jit_time) AS gain,
           coalesce('jit_above_cost = ' || (ceil(2 * k.total_cost / 50000) * 50000)::bigint,
               'jit = off') AS assignment
    FROM compiled AS c
    LEFT JOIN cost AS k USING (userid, dbid, queryid, toplevel)
    WHERE c.jit_time >= 0.25 * c.total_exec_time
      AND coalesce(perfext.setting_of(c.userid, c.dbid, 'jit'), 'on') <> 'off'
      AND (k.total_cost IS NULL
           OR coalesce(perfext.setting_of(c.userid, c.dbid, 'jit_above_cost')::float8, 0)
               < k.total_cost)
)
SELECT
    'jit_cost'::text AS kind,
    concat_ws('/', userid, dbid, queryid, toplevel) AS subject_key,
    NULL::text AS severity,
    title AS subject,
    format('Just-in-time compilation takes %s of the %s that the statement runs on average (%s); '
        'set %s for its role.',
        perfext.format_time(jit_time / greatest(calls, 1)), perfext.format_time(mean_exec_time),
        perfext.format_ratio(least(1, jit_time / total_exec_time)), assignment) AS summary,
    jsonb_build_object('queryids', jsonb_build_array(queryid), 'role', role_name,
        'database', database_name, 'calls', calls, 'total_time', round(spent_time::numeric, 1),
        'jit_time', round(jit_time::numeric, 1), 'jit_functions', jit_functions,
        'plan_cost', round(total_cost::numeric)) AS evidence,
    coalesce(perfext.set_for_role(userid, dbid, assignment), 'SET ' || assignment || ';')
        || CASE WHEN total_cost IS NULL THEN '' ELSE
            E'\n-- or, if none of its statements gain from it:\n'
            || coalesce(perfext.set_for_role(userid, dbid, 'jit = off'), 'SET jit = off;') END
        AS action,
    jit_time / database_time AS impact_ratio,
    gain AS expected_gain_ratio,
    CASE WHEN jit_time >= 0.5 * total_exec_time THEN 'high' ELSE 'medium' END AS confidence,
    stats_since AS first_seen,
    last_call AS last_seen
FROM found;

COMMENT ON VIEW perfext.rule_jit_cost IS
    'Rule: statements that just-in-time compilation costs more than it can give';
