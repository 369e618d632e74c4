/*
 * Transactions that wait for their client most of the time, holding locks, a
 * snapshot and a connection. By role and database: it is a way of programming, not
 * one statement. The share is that of database time and waiting together.
 */
CREATE VIEW perfext.rule_idle_in_transaction AS
WITH waiting AS (
    SELECT s.*,
           s.idle_in_transaction_time / nullif(s.calls + s.failures, 0) AS mean_gap,
           row_number() OVER (PARTITION BY s.userid, s.dbid
               ORDER BY s.idle_in_transaction_time DESC) AS place
    FROM perfext.rule_statements AS s
    WHERE s.toplevel
      -- who reads a large result in portions works on each in an open transaction
      AND coalesce(s.query !~* '^\s*(fetch|move)\M', true)
),
client AS (
    SELECT userid, dbid, role_name, database_name, database_time,
           sum(idle_in_transaction_time) AS idle_time,
           -- only what ran inside of transactions
           sum(spent_time) FILTER (WHERE idle_in_transaction_time > 0) AS spent_time,
           sum(calls) FILTER (WHERE mean_gap >= 10) AS gaps,
           sum(idle_in_transaction_time) FILTER (WHERE mean_gap >= 10) AS gap_time,
           max(mean_gap) AS longest_mean_gap,
           jsonb_agg(queryid ORDER BY place) FILTER (WHERE place <= 3 AND mean_gap >= 10)
               AS queryids,
           jsonb_agg(jsonb_build_object('queryid', queryid, 'query', title, 'calls', calls,
               'waited_before', round(mean_gap::numeric, 1)) ORDER BY place)
               FILTER (WHERE place <= 3 AND mean_gap >= 10) AS statements,
           (array_agg(title ORDER BY place))[1] AS worst,
           min(stats_since) AS first_seen,
           max(last_call) AS last_seen
    FROM waiting
    GROUP BY userid, dbid, role_name, database_name, database_time
)
SELECT
    'idle_in_transaction'::text AS kind,
    concat_ws('/', userid, dbid) AS subject_key,
    CASE WHEN gap_time / gaps >= 1000 THEN 'high' ELSE 'medium' END AS severity,
    perfext.format_line(format('%s in %s', role_name, database_name), 100) AS subject,
    format('Open transactions wait %s for their client, %s times as long as they work; the gap before '
        'a statement is %s (the most before: %s). Do the client''s work outside of the transaction.',
        perfext.format_time(idle_time),
        perfext.format_count(idle_time / greatest(spent_time, 0.001)),
        perfext.format_time(gap_time / gaps), worst) AS summary,
    jsonb_build_object('queryids', coalesce(queryids, '[]'), 'role', role_name,
        'database', database_name, 'calls', gaps,
        'idle_in_transaction_time', round(idle_time::numeric, 1),
        'total_time', round(spent_time::numeric, 1),
        'gap_time_per_call', round((gap_time / gaps)::numeric, 1),
        'statements', statements) AS evidence,
    E'-- commit before waiting for users, files or other services; and as a safety net:\n'
        || coalesce(perfext.set_for_role(userid, dbid, format(
            'idle_in_transaction_session_timeout = ''%ss''',
            greatest(10, ceil(longest_mean_gap / 100)))), '') AS action,
    idle_time / (idle_time + database_time) AS impact_ratio,
    0.1::float8 AS expected_gain_ratio,
    'medium'::text AS confidence,
    first_seen,
    last_seen
FROM client
WHERE gaps >= 20
  AND gap_time >= 2000
  AND idle_time >= 5 * spent_time;

COMMENT ON VIEW perfext.rule_idle_in_transaction IS
    'Rule: transactions that wait for their client much longer than they work';
