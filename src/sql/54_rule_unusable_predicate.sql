/*
 * Conditions written so that no index on their column can serve them: a function
 * or a cast on the column, a pattern that begins with a wildcard. Only where they
 * throw at least nine of ten rows away and nothing else in the filter could do it.
 */
CREATE VIEW perfext.rule_unusable_predicate AS
WITH extension AS MATERIALIZED (
    SELECT FROM pg_catalog.pg_available_extensions
    WHERE name = 'pg_trgm' AND installed_version IS NULL
),
scan AS (
    SELECT n.*,
           -- the processes of a parallel scan share one scan
           CASE WHEN n.node_type ~ '^Parallel ' THEN least(n.loops, n.samples) ELSE n.loops END
               AS scans
    FROM perfext.rule_nodes AS n
    WHERE n.relid IS NOT NULL
      AND n.node_type ~ '^(Parallel )?(Seq|Index|Index Only|Bitmap Heap) Scan( Backward)?$'
      AND n.rows_removed >= 9 * n.rows
      AND n.rows + n.rows_removed >= 1000 * greatest(n.loops, 1)
      AND n.schemaname !~ '^pg_temp'
),
predicate AS (
    SELECT s.*, p."column", p.operator, p.function, p.rewrite, p.index_expression, p.advice,
           row_number() OVER (PARTITION BY s.userid, s.dbid, s.queryid, s.toplevel, s.planid,
               s.node_id ORDER BY p.rewrite IS NULL, p.index_expression IS NULL, p.kind <> 'eq',
               p."column") AS place
    FROM scan AS s
    CROSS JOIN LATERAL jsonb_to_recordset(s.predicates) AS p(source text, "column" text,
        operator text, kind text, indexable boolean, function text, rewrite text,
        index_expression text, advice text)
    WHERE p.source = 'filter'
      AND NOT p.indexable
      AND (p.rewrite IS NOT NULL OR p.index_expression IS NOT NULL)
      AND NOT s.predicates @> '[{"source": "filter", "indexable": true}]'
      -- that is an index which perfext.missing_indexes proposes with its extension
      AND NOT (s.is_here AND p.kind IN ('like', 'ilike') AND p.rewrite IS NULL
               AND p.index_expression ~ '^gin [(].* gin_trgm_ops[)]$'
               AND EXISTS (SELECT FROM extension))
),
-- in this database an index on the expression may be there by now
open AS (
    SELECT p.*
    FROM predicate AS p
    WHERE p.place = 1
      AND NOT (p.is_here AND p.index_expression IS NOT NULL AND EXISTS (
          SELECT
          FROM pg_catalog.pg_index AS i
          WHERE i.indrelid = p.relid
            AND i.indisvalid
            AND position(p.index_expression IN pg_catalog.pg_get_indexdef(i.indexrelid)) > 0))
),
per_statement AS (
    SELECT dbid, database_name, database_time, is_here, schemaname, relname, "column", function,
           operator, rewrite, index_expression, advice, userid, queryid, toplevel, calls, title,
           sum(node_time) AS scan_time,
           sum(rows) AS rows,
           sum(rows_removed) AS rows_removed,
           sum(scans) AS scans,
           sum(samples) AS samples,
           min(filter) AS filter,
           min(plan_first_seen) AS first_seen,
           max(plan_last_seen) AS last_seen
    FROM open
    GROUP BY dbid, database_name, database_time, is_here, schemaname, relname, "column", function,
             operator, rewrite, index_expression, advice, userid, queryid, toplevel, calls, title
),
grouped AS (
    SELECT dbid, database_name, database_time, is_here, schemaname, relname, "column", function,
           operator, rewrite, index_expression, advice,
           sum(calls) AS calls,
           sum(scan_time) AS scan_time,
           sum(rows) / sum(rows + rows_removed)::float8 AS kept_ratio,
           sum(rows) / greatest(sum(scans), 1)::float8 AS loop_rows,
           sum(rows + rows_removed) / greatest(sum(scans), 1)::float8 AS loop_rows_read,
           sum(samples) AS samples,
           jsonb_agg(DISTINCT queryid) AS queryids,
           jsonb_agg(jsonb_build_object('queryid', queryid, 'query', title, 'calls', calls,
               'filter', filter, 'scan_time', round(scan_time::numeric, 1))
               ORDER BY scan_time DESC) AS statements,
           min(first_seen) AS first_seen,
           max(last_seen) AS last_seen
    FROM per_statement
    GROUP BY dbid, database_name, database_time, is_here, schemaname, relname, "column", function,
             operator, rewrite, index_expression, advice
),
named AS (
    SELECT
        g.*,
        quote_ident(schemaname) || '.' || quote_ident(relname) AS full_name,
        -- a plain index on the column, once the condition is rewritten
        is_here AND rewrite IS NOT NULL AND EXISTS (
            SELECT
            FROM pg_catalog.pg_index AS i
            JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid AND c.relname = g.relname
            JOIN pg_catalog.pg_namespace AS ns
                ON ns.oid = c.relnamespace AND ns.nspname = g.schemaname
            JOIN pg_catalog.pg_attribute AS a
                ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
            WHERE a.attname = g."column" AND i.indisvalid AND i.indpred IS NULL
        ) AS has_index
    FROM grouped AS g
)
SELECT
    'unusable_predicate'::text AS kind,
    concat_ws('/', database_name, schemaname, relname, "column", function, operator,
        index_expression) AS subject_key,
    NULL::text AS severity,
    perfext.format_line(format('%s.%s.%s', schemaname, relname, "column"), 100) AS subject,
    format('A condition on %s is written so that no index on the column can serve it%s: each scan '
        'reads %s rows to keep %s; %s.',
        perfext.format_line(format('%s.%s', relname, "column"), 100),
        coalesce(' (' || perfext.format_line(function, 40) || ')', ''),
        perfext.format_count(loop_rows_read),
        CASE WHEN loop_rows < 1 THEN 'next to none' ELSE perfext.format_count(loop_rows) END,
        CASE WHEN rewrite IS NOT NULL
            THEN 'write it as ' || perfext.format_line(rewrite, 120)
            ELSE perfext.format_line(advice, 160) END) AS summary,
    jsonb_build_object('queryids', queryids, 'database', database_name, 'table', full_name,
        'calls', calls,
        'scan_time', round(scan_time::numeric, 1), 'samples', samples,
        'rows_read_per_scan', round(loop_rows_read::numeric),
        'rows_kept_per_scan', round(loop_rows::numeric, 1),
        'column', "column", 'function', function, 'rewrite', rewrite,
        'index_expression', index_expression, 'advice', advice,
        'statements', statements) AS evidence,
    concat_ws(E'\n',
        '-- in the statement, instead of the condition on the column:' || E'\n--   '
            || perfext.format_line(rewrite, 200),
        CASE WHEN rewrite IS NOT NULL AND NOT has_index THEN
            format('CREATE INDEX CONCURRENTLY ON %s (%s);', full_name, quote_ident("column")) END,
        CASE WHEN rewrite IS NOT NULL AND index_expression !~ '\$\d' THEN
            '-- or, with the statement as it is:' END,
        CASE WHEN index_expression ~ 'gin_trgm_ops' THEN
            'CREATE EXTENSION IF NOT EXISTS pg_trgm;' END,
        CASE WHEN index_expression !~ '\$\d' THEN
            format('CREATE INDEX CONCURRENTLY ON %s %s;', full_name,
                CASE
                    WHEN index_expression ~ '^(gin|gist|spgist) [(]'
                        THEN 'USING ' || index_expression
                    ELSE '(' || index_expression || ')'
                END) || E'\n' || format('ANALYZE %s;', full_name) END) AS action,
    scan_time / database_time AS impact_ratio,
    least(0.95, greatest(0, 1 - 4 * kept_ratio)) AS expected_gain_ratio,
    CASE WHEN rewrite IS NOT NULL THEN 'medium' ELSE 'low' END AS confidence,
    first_seen,
    last_seen
FROM named;

COMMENT ON VIEW perfext.rule_unusable_predicate IS
    'Rule: conditions that no index on their column can serve, with the condition or the index that can';
