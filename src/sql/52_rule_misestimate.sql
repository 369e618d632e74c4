/*
 * Rows expected and rows found that differ tenfold and more, below a join or a
 * sort that was chosen for the rows expected: old statistics, columns that
 * depend on each other, or a column whose values need finer statistics.
 */
CREATE VIEW perfext.rule_misestimate AS
WITH RECURSIVE node AS (
    SELECT * FROM perfext.rule_nodes WHERE is_here
),
-- what was estimated wrongly by itself, not because of what lies below
wrong AS MATERIALIZED (
    SELECT *
    FROM node AS n
    WHERE n.relid IS NOT NULL
      AND n.node_type ~ 'Scan( Backward)?$'
      AND n.estimate_error >= 10
      AND n.samples > 0
      AND n.partial_samples = 0
      AND n.complete_loops = n.loops
      AND greatest(n.est_rows, n.rows / greatest(n.loops, 1)::float8) >= 100
),
-- climb to the nearest node whose choice depends on the number of rows
above AS (
    SELECT w.userid, w.dbid, w.queryid, w.toplevel, w.planid, w.node_id,
           w.node_id AS at_node_id, w.parent_node_id, w.node_type AS at_node_type,
           w.total_time AS at_total_time, false AS decides
    FROM wrong AS w
    UNION ALL
    SELECT a.userid, a.dbid, a.queryid, a.toplevel, a.planid, a.node_id,
           p.node_id, p.parent_node_id, p.node_type, p.total_time,
           p.node_type ~ '(Join|^Nested Loop|Sort)$'
    FROM above AS a
    JOIN node AS p
        ON (p.userid, p.dbid, p.queryid, p.toplevel, p.planid, p.node_id)
         = (a.userid, a.dbid, a.queryid, a.toplevel, a.planid, a.parent_node_id)
    WHERE NOT a.decides
),
-- time at stake: of the node that decided, all but what the wrong node itself took
stake AS MATERIALIZED (
    SELECT
        w.*,
        a.at_node_type,
        w.plan_time * least(1, greatest(0, a.at_total_time - w.total_time)
            / nullif(root.total_time, 0)) AS stake_time
    FROM wrong AS w
    JOIN above AS a USING (userid, dbid, queryid, toplevel, planid, node_id)
    JOIN node AS root
        ON (root.userid, root.dbid, root.queryid, root.toplevel, root.planid, root.node_id)
         = (w.userid, w.dbid, w.queryid, w.toplevel, w.planid, 0)
    WHERE a.decides
),
-- the columns that are compared with values
compared AS (
    SELECT
        s.userid, s.dbid, s.queryid, s.toplevel, s.planid, s.node_id,
        array_agg(DISTINCT p."column") FILTER (WHERE p.function IS NULL) AS columns,
        min(p.index_expression) FILTER (WHERE p.function IS NOT NULL) AS expression,
        count(DISTINCT p."column") FILTER (WHERE p.kind IN ('eq', 'in', 'null', 'bool')) >= 2
            AS has_equal
    FROM stake AS s,
         LATERAL jsonb_to_recordset(s.predicates) AS p(source text, "column" text, kind text,
             other text, function text, index_expression text)
    WHERE p.other IS DISTINCT FROM 'column'
      AND p.source IN ('filter', 'index cond')
    GROUP BY s.userid, s.dbid, s.queryid, s.toplevel, s.planid, s.node_id
),
judged AS (
    SELECT
        s.*,
        c.oid AS table_oid,
        ns.nspname,
        c.relname AS table_name,
        -- the columns that there are still, in the table's order
        col.names AS columns,
        k.has_equal,
        k.expression,
        greatest(t.last_analyze, t.last_autoanalyze) AS analyzed,
        t.n_mod_since_analyze AS modified,
        CASE
            WHEN t.last_analyze IS NULL AND t.last_autoanalyze IS NULL AND c.reltuples < 0
                THEN 'analyze'
            WHEN t.n_mod_since_analyze > 1000 + 0.1 * greatest(t.n_live_tup, c.reltuples)
                THEN 'analyze'
            WHEN cardinality(col.names) >= 2 AND NOT col.has_statistics THEN 'columns'
            WHEN coalesce(cardinality(col.names), 0) = 0
                AND k.expression ~ '^[(]?[a-z_]' AND k.expression !~ '(_ops|\$\d+)'
                AND k.expression !~ '^(gin|gist|spgist) ' THEN 'expression'
            WHEN cardinality(col.names) = 1 AND col.target < 1000 THEN 'target'
        END AS remedy
    FROM stake AS s
    JOIN pg_catalog.pg_class AS c ON c.oid = s.relid AND c.relname = s.relname
    JOIN pg_catalog.pg_namespace AS ns ON ns.oid = c.relnamespace AND ns.nspname = s.schemaname
    LEFT JOIN pg_catalog.pg_stat_all_tables AS t ON t.relid = c.oid
    LEFT JOIN compared AS k USING (userid, dbid, queryid, toplevel, planid, node_id)
    LEFT JOIN LATERAL (
        SELECT
            array_agg(a.attname ORDER BY a.attnum) AS names,
            min(CASE WHEN a.attstattarget::int >= 0 THEN a.attstattarget::int
                ELSE pg_catalog.current_setting('default_statistics_target')::int END) AS target,
            EXISTS (
                SELECT FROM pg_catalog.pg_statistic_ext AS e
                WHERE e.stxrelid = c.oid
                  AND e.stxkeys::int2[] @> array_agg(a.attnum)
            ) AS has_statistics
        FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attname = ANY (k.columns) AND NOT a.attisdropped
    ) AS col ON true
    WHERE c.relkind IN ('r', 'p', 'm')
      AND c.relpersistence <> 't'
      -- statistics that are younger than the plan may have helped already
      AND (t.last_analyze IS NULL OR t.last_analyze < s.plan_last_seen)
      AND (t.last_autoanalyze IS NULL OR t.last_autoanalyze < s.plan_last_seen)
),
grouped AS (
    SELECT
        dbid, database_name, database_time, table_oid, nspname, table_name, remedy,
        CASE WHEN remedy IN ('columns', 'target') THEN columns END AS columns,
        CASE WHEN remedy = 'expression' THEN expression END AS expression,
        bool_or(has_equal) AS has_equal,
        max(analyzed) AS analyzed,
        max(modified) AS modified,
        sum(stake_time) AS stake_time,
        (array_agg(estimate_error ORDER BY stake_time DESC))[1] AS estimate_error,
        (array_agg(est_rows ORDER BY stake_time DESC))[1] AS est_rows,
        (array_agg(rows / greatest(loops, 1)::float8 ORDER BY stake_time DESC))[1] AS real_rows,
        (array_agg(at_node_type ORDER BY stake_time DESC))[1] AS at_node_type,
        jsonb_agg(DISTINCT queryid) AS queryids,
        jsonb_agg(jsonb_build_object('queryid', queryid, 'planid', planid, 'node_id', node_id,
            'node', node_type, 'below', at_node_type,
            'estimated_rows', round(est_rows::numeric),
            'rows', round((rows / greatest(loops, 1)::float8)::numeric),
            'samples', samples, 'time_at_stake', round(stake_time::numeric, 1),
            'filter', filter) ORDER BY stake_time DESC) AS nodes,
        min(plan_first_seen) AS first_seen,
        max(plan_last_seen) AS last_seen
    FROM judged
    WHERE remedy IS NOT NULL
    GROUP BY dbid, database_name, database_time, table_oid, nspname, table_name, remedy,
             CASE WHEN remedy IN ('columns', 'target') THEN columns END,
             CASE WHEN remedy = 'expression' THEN expression END
),
named AS (
    SELECT
        g.*,
        quote_ident(nspname) || '.' || quote_ident(table_name) AS full_name,
        (SELECT string_agg(quote_ident(c), ', ' ORDER BY o)
         FROM unnest(columns) WITH ORDINALITY AS u(c, o)) AS column_list,
        left(table_name, 40) || '_'
            || left(md5(concat_ws('/', nspname, table_name, columns, expression)), 8)
            || '_stat' AS statistics_name
    FROM grouped AS g
)
SELECT
    'misestimate'::text AS kind,
    concat_ws('/', database_name, nspname, table_name, remedy, columns, expression) AS subject_key,
    NULL::text AS severity,
    perfext.format_line(concat(nspname, '.', table_name, ' (' || array_to_string(columns, ', ')
        || ')', ' (' || expression || ')'), 100) AS subject,
    format('The planner expects %s rows from %s where %s come, and chooses the %s above for them; ',
        perfext.format_count(est_rows), perfext.format_line(nspname || '.' || table_name, 100),
        perfext.format_count(real_rows), lower(at_node_type))
        || CASE remedy
            WHEN 'analyze' THEN CASE
                WHEN analyzed IS NULL THEN 'the table was never analyzed.'
                ELSE format('%s rows changed since it was last analyzed.',
                    perfext.format_count(modified)) END
            WHEN 'columns' THEN
                'it takes its columns for independent of each other, which statistics on them together correct.'
            WHEN 'expression' THEN
                'it knows nothing about the expression that is compared, which statistics on it correct.'
            ELSE 'finer statistics of the column can tell its frequent values apart.'
        END AS summary,
    jsonb_build_object('queryids', queryids, 'database', database_name,
        'estimate_error', round(estimate_error::numeric, 1),
        'estimated_rows', round(est_rows::numeric), 'rows', round(real_rows::numeric),
        'time_at_stake', round(stake_time::numeric, 1),
        'last_analyze', analyzed, 'rows_modified_since', modified, 'nodes', nodes) AS evidence,
    CASE remedy
        WHEN 'columns' THEN format(E'CREATE STATISTICS %s.%s (%s) ON %s FROM %s;\n',
            quote_ident(nspname), quote_ident(statistics_name),
            CASE WHEN has_equal THEN 'dependencies, mcv' ELSE 'mcv' END, column_list, full_name)
        WHEN 'expression' THEN format(E'CREATE STATISTICS %s.%s ON (%s) FROM %s;\n',
            quote_ident(nspname), quote_ident(statistics_name), expression, full_name)
        WHEN 'target' THEN format(E'ALTER TABLE %s ALTER COLUMN %s SET STATISTICS 1000;\n',
            full_name, column_list)
        ELSE ''
    END || format('ANALYZE %s;', full_name) AS action,
    stake_time / database_time AS impact_ratio,
    CASE remedy WHEN 'analyze' THEN 0.3 WHEN 'target' THEN 0.1 ELSE 0.2 END::float8
        AS expected_gain_ratio,
    CASE WHEN remedy = 'target' OR estimate_error < 100 THEN 'low' ELSE 'medium' END AS confidence,
    first_seen,
    last_seen
FROM named;

COMMENT ON VIEW perfext.rule_misestimate IS
    'Rule: row estimates that are wrong at least tenfold below a join or sort, and the statistics that would correct them';
