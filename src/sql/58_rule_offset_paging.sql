/*
 * LIMIT ... OFFSET that reads and throws away all the pages before the one asked for.
 */
CREATE VIEW perfext.rule_offset_paging AS
WITH node AS (
    SELECT * FROM perfext.rule_nodes
),
page AS (
    SELECT
        l.userid, l.dbid, l.queryid, l.toplevel, l.planid, l.node_id, l.role_name,
        l.database_name, l.title, l.calls, l.spent_time, l.database_time, l.samples,
        l.rows / greatest(l.loops, 1)::float8 AS page_rows,
        c.rows / greatest(c.loops, 1)::float8 AS read_rows,
        c.node_type AS child_type,
        c.condition AS order_by,
        l.plan_time * least(1, l.total_time / nullif(root.total_time, 0)) AS paging_time,
        l.plan_first_seen,
        l.plan_last_seen
    FROM node AS l
    JOIN node AS c
        ON (c.userid, c.dbid, c.queryid, c.toplevel, c.planid, c.parent_node_id)
         = (l.userid, l.dbid, l.queryid, l.toplevel, l.planid, l.node_id)
    JOIN node AS root
        ON (root.userid, root.dbid, root.queryid, root.toplevel, root.planid, root.node_id)
         = (l.userid, l.dbid, l.queryid, l.toplevel, l.planid, 0)
    JOIN perfext.rule_statements AS s
        ON (s.userid, s.dbid, s.queryid, s.toplevel)
         = (l.userid, l.dbid, l.queryid, l.toplevel)
    WHERE l.node_type = 'Limit'
      AND c.rows >= 1000 * greatest(c.loops, 1)
      AND c.rows >= 10 * l.rows
      AND (s.query IS NULL OR s.query = '<insufficient privilege>' OR s.query ~* '\moffset\M')
)
SELECT
    'offset_paging'::text AS kind,
    concat_ws('/', userid, dbid, queryid, toplevel) AS subject_key,
    NULL::text AS severity,
    title AS subject,
    format('To return pages of %s rows, %s rows are read on average and the ones before the page '
        'thrown away (OFFSET); continue after the last row of the page before instead.',
        perfext.format_count(max(page_rows)), perfext.format_count(max(read_rows))) AS summary,
    jsonb_build_object('queryids', jsonb_build_array(queryid), 'role', role_name,
        'database', database_name, 'calls', calls, 'total_time', round(spent_time::numeric, 1),
        'rows_per_page', round(max(page_rows)::numeric, 1),
        'rows_read_per_page', round(max(read_rows)::numeric, 1),
        'samples', sum(samples)) AS evidence,
    concat_ws(E'\n',
        '-- remember the sort key of the last row of the page before, and instead of OFFSET:',
        '--   WHERE (<sort columns>, <unique column>) > ($1, $2)',
        '--   ORDER BY <sort columns>, <unique column> LIMIT <page>',
        '-- with an index on the same columns'
            || coalesce(' (sorted now by ' || perfext.format_line(max(order_by), 60) || ')', ''))
        AS action,
    sum(paging_time) / database_time AS impact_ratio,
    CASE WHEN bool_or(child_type ~ '(Sort|Gather Merge)$') THEN 0.5
        ELSE 0.9 * (1 - max(page_rows) / max(read_rows)) END::float8 AS expected_gain_ratio,
    'medium'::text AS confidence,
    min(plan_first_seen) AS first_seen,
    max(plan_last_seen) AS last_seen
FROM page
GROUP BY userid, dbid, queryid, toplevel, title, role_name, database_name, calls, spent_time,
         database_time;

COMMENT ON VIEW perfext.rule_offset_paging IS
    'Rule: paging with OFFSET that reads far more rows than it returns';
