/*
 * Statements that are repeated where one would do: patterns of perfext.n_plus_one that are
 * worth a person's time, and what became of those that are not seen any more.
 *
 * What is at stake is mostly the time between the statements, which no statement's own time
 * holds. So the share is that of database time and of the waiting inside of all patterns
 * together; waiting elsewhere, for users to think, is nobody's loss and not in it.
 */
CREATE VIEW perfext.rule_n_plus_one AS
WITH statement AS MATERIALIZED (
    SELECT s.userid, s.dbid, s.queryid, s.toplevel, s.calls, s.rows, s.last_call,
           s.total_exec_time + coalesce(s.total_plan_time, 0) AS spent_time
    FROM perfext.statements AS s
),
pattern AS MATERIALIZED (
    SELECT
        n.*,
        child.calls AS child_calls,
        child.rows::float8 / nullif(child.calls, 0) AS child_rows,
        -- what was measured in some executions, for all of them
        CASE WHEN n.kind = 'in_plan'
            THEN least(child.spent_time / nullif(n.db_time, 0), child.calls::float8 / n.episodes)
            ELSE 1 END AS scale,
        parent.calls AS parent_calls,
        parent.last_call AS parent_last_call,
        (SELECT max(s.last_call) FROM statement AS s
         WHERE s.toplevel AND (s.userid, s.dbid) = (n.userid, n.dbid)) AS client_last_call,
        coalesce(r.rolname::text, 'role ' || n.userid) AS role_name,
        coalesce(d.datname::text, 'database ' || n.dbid) AS database_name,
        CASE WHEN n.child_query IS NULL OR n.child_query = '<insufficient privilege>'
            THEN 'statement ' || n.child_queryids[1]
            ELSE perfext.format_line(n.child_query, 72) END
            || CASE WHEN cardinality(n.child_queryids) > 1
                THEN format(' (and %s more)', cardinality(n.child_queryids) - 1) ELSE '' END AS
                    child_title,
        CASE WHEN n.parent_query IS NULL OR n.parent_query = '<insufficient privilege>'
            THEN 'statement ' || n.parent_queryid
            ELSE perfext.format_line(n.parent_query, 72) END AS parent_title
    FROM perfext.n_plus_one AS n
    LEFT JOIN LATERAL (
        SELECT * FROM statement AS s
        WHERE (s.userid, s.dbid, s.queryid) = (n.userid, n.dbid, n.child_queryids[1])
        ORDER BY s.toplevel = (n.kind <> 'nested') DESC
        LIMIT 1
    ) AS child ON true
    LEFT JOIN LATERAL (
        SELECT * FROM statement AS s
        WHERE (s.userid, s.dbid, s.queryid) = (n.userid, n.dbid, n.parent_queryid)
        ORDER BY s.last_call DESC
        LIMIT 1
    ) AS parent ON true
    LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = n.userid
    LEFT JOIN pg_catalog.pg_database AS d ON d.oid = n.dbid
    WHERE n.saved_time IS NOT NULL
      AND (n.child_query IS NULL
           OR n.child_query !~* ('\m(perfext|information_schema)"?\s*\.'
                                 '|\m(from|join)\M[\s(]*(only\M\s*)?"?pg_[a-z_]+'))
),
total AS (
    SELECT (SELECT sum(s.spent_time) FROM statement AS s WHERE s.toplevel)
               + coalesce((SELECT sum(p.gap_time) FROM pattern AS p), 0) AS all_time
),
judged AS (
    SELECT
        p.*,
        (p.db_time + p.gap_time) * p.scale AS pattern_time,
        p.saved_time * p.scale AS pattern_saved,
        least(1, (p.db_time + p.gap_time) * p.scale / nullif(t.all_time, 0)) AS impact_ratio,
        least(1, p.saved_time / nullif(p.db_time + p.gap_time, 0)) AS expected_gain_ratio,
        seen.missed,
        -- it came so often before that it would have come twenty times since
        CASE
            WHEN p.kind = 'in_plan' OR seen.missed IS NULL THEN 'open'
            WHEN seen.missed >= 20 AND p.parent_last_call > p.last_seen THEN 'confirmed'
            WHEN seen.missed >= 50 AND p.client_last_call - p.last_seen >= interval '1 hour' THEN
                'gone'
            ELSE 'open'
        END AS status
    FROM pattern AS p
    CROSS JOIN total AS t
    CROSS JOIN LATERAL (
        SELECT CASE WHEN p.episodes >= 5 THEN
            extract(epoch FROM CASE WHEN p.parent_last_call > p.last_seen THEN p.parent_last_call
                    ELSE p.client_last_call END - p.last_seen)::float8
                / nullif(extract(epoch FROM p.last_seen - p.first_seen), 0)::float8
                * p.episodes END AS missed
    ) AS seen
)
SELECT
    'n_plus_one'::text AS kind,
    concat_ws('/', userid, dbid, id) AS subject_key,
    CASE
        WHEN status <> 'open' OR confidence = 'low' THEN 'low'
        WHEN impact_ratio * expected_gain_ratio >= 0.2 THEN 'high'
        WHEN impact_ratio * expected_gain_ratio >= 0.05 THEN 'medium'
        ELSE 'low'
    END AS severity,
    perfext.format_line(concat_ws(', ', coalesce(link, child_title), context), 100) AS subject,
    CASE
        WHEN status = 'confirmed' THEN format('The pattern (%s) is not seen any more: about %s '
            'times it '
            'would have come since; each time it took %s.', child_title,
                perfext.format_count(missed),
            perfext.format_time(pattern_time / greatest(episodes, 1)))
        ELSE format(CASE
                WHEN kind = 'redundant' THEN 'The same query with the same values is sent %1$s '
                    'times in a row '
                    '(%3$s); keep its result: that saves %6$s of %5$s.'
                WHEN kind = 'in_plan' THEN 'A part of %3$s runs again for each row, %1$s times in '
                    'an execution, '
                    'and takes %5$s; reading its tables once for all rows saves %6$s.'
                WHEN kind = 'nested' THEN '%3$s is executed %1$s times inside of one '
                    'statement%7$s, which takes '
                    '%5$s; one statement for all rows saves %6$s.'
                WHEN kind = 'write' THEN 'Rows are written one by one, %1$s at a time (%3$s): '
                    '%5$s, of which %4$s '
                    'pass between the statements; many rows in one statement save %6$s.'
                WHEN parent_queryid IS NOT NULL THEN
                    'For each row of %2$s, %3$s is executed again, %1$s times on '
                    'average: %5$s, of which %4$s pass between the statements; asking once saves '
                        '%6$s.'
                ELSE '%3$s is executed %1$s times in a row with one value each: %5$s, of which '
                    '%4$s pass '
                    'between the statements; asking for all values at once saves %6$s.'
            END,
            perfext.format_count(round(mean_per_episode)), parent_title, child_title,
            perfext.format_time(gap_time), perfext.format_time(pattern_time),
            perfext.format_time(pattern_saved),
            coalesce(' (' || perfext.format_line(context, 100) || ')', ''))
    END AS summary,
    jsonb_strip_nulls(jsonb_build_object(
        'queryids', to_jsonb(array_remove(child_queryids || CASE WHEN parent_queryid = ANY
            (child_queryids)
            THEN NULL ELSE parent_queryid END, NULL)),
        'pattern', kind, 'operation', operation, 'role', role_name, 'database', database_name,
        'application_name', nullif(application_name, ''),
        'link', link, 'context', context, 'tags', tags,
        'calls', executions, 'episodes', episodes,
        'mean_per_episode', round(mean_per_episode::numeric, 1),
        'max_per_episode', max_per_episode,
        'parent_rows', nullif(parent_rows, 0),
        'executions_per_parent_row', round(executions_per_parent_row::numeric, 2),
        'db_time', round((db_time * scale)::numeric, 1),
        'gap_time', round(gap_time::numeric, 1),
        'saved_time', round(pattern_saved::numeric, 1),
        'saved_time_low', round(saved_time_low::numeric, 1),
        'saved_time_high', round((saved_time_high * scale)::numeric, 1),
        'missed_episodes', CASE WHEN status = 'confirmed' THEN round(missed::numeric) END,
        'time_per_episode_before', CASE WHEN status = 'confirmed'
            THEN round((pattern_time / greatest(episodes, 1))::numeric, 3) END)) AS evidence,
    CASE
        WHEN status = 'confirmed' THEN '-- nothing: the pattern is gone'
        ELSE coalesce(rewrite, '-- ask once for all rows: with a join, or with a list of values')
            END AS action,
    impact_ratio,
    CASE WHEN status = 'open' THEN expected_gain_ratio ELSE 0 END AS expected_gain_ratio,
    confidence,
    first_seen,
    last_seen,
    confidence = 'high' AS verified,
    status
FROM judged
-- worth a person's time: as for all rules, but of the time with the waiting
WHERE status <> 'gone'
  AND impact_ratio >= 0.02
  AND pattern_saved >= 50
  -- writing in portions is how large loads are done well
  AND NOT (coalesce(child_rows, 0) >= 50
           AND EXISTS (SELECT FROM perfext.etl_loads AS l
                       WHERE l.dbid = judged.dbid AND judged.child_queryids[1] = ANY (l.queryids)))
  -- rows that follow no other statement's may be written when they come: the waits of who
  -- reads a queue differ far more than those for the server, and no batch saves them
  AND (kind <> 'write' OR parent_queryid IS NOT NULL
       OR saved_time_low + 0.2 * executions >= 0.4 * pattern_time);

COMMENT ON VIEW perfext.rule_n_plus_one IS
    'Rule: statements that are executed again for each row where one statement would do';
