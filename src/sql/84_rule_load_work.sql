/*
 * Indexes that are built with too little memory, and queries that one process runs alone
 * because they write.
 */
CREATE VIEW perfext.rule_index_build_memory AS
SELECT
    'index_build_memory'::text AS kind,
    concat_ws('/', database_name, schemaname, relname) AS subject_key,
    NULL::text AS severity,
    title AS subject,
    format('%s of %s sorted on disk (%s of temporary files%s), because maintenance_work_mem was less.',
        CASE operation WHEN 'reindex' THEN 'REINDEX' ELSE 'CREATE INDEX' END, title,
        pg_size_pretty(temp_bytes / statements),
        CASE WHEN statements > 1 THEN format(' each, %s times', statements) ELSE '' END)
        AS summary,
    jsonb_build_object('queryids', to_jsonb(queryids), 'database', database_name,
        'relation', title, 'operation', operation, 'statements', statements,
        'temp_bytes', temp_bytes, 'total_time', round(total_time::numeric, 1)) AS evidence,
    format(E'-- in the session that builds indexes:\nSET maintenance_work_mem = ''%sMB'';',
        least(2048, pow(2, ceil(log(2, (2 * temp_bytes / statements / 1048576.0)::numeric))))::int)
        AS action,
    total_time / database_time AS impact_ratio,
    0.15::float8 AS expected_gain_ratio,
    'low'::text AS confidence,
    first_seen,
    last_seen
FROM perfext.judged_loads
WHERE operation IN ('create_index', 'reindex')
  AND temp_bytes >= 16777216 * statements
  AND 2 * temp_bytes / statements > (SELECT setting::float8 * 1024 FROM pg_catalog.pg_settings
                                     WHERE name = 'maintenance_work_mem');

COMMENT ON VIEW perfext.rule_index_build_memory IS
    'Rule: index builds that sort on disk';

CREATE VIEW perfext.rule_load_parallel AS
WITH node AS MATERIALIZED (
    SELECT * FROM perfext.rule_nodes WHERE is_here
),
reading AS (
    SELECT l.*, n.read_time, n.plan_time, n.scanned
    FROM perfext.judged_loads AS l
    CROSS JOIN LATERAL (
        SELECT sum(n.node_time) FILTER (WHERE n.node_type !~ '^(Insert|ModifyTable)'
                   AND n.node_id >= 0) AS read_time,
               sum(n.node_time) AS plan_time,
               (array_agg(DISTINCT n.schemaname || '.' || n.relname)
                   FILTER (WHERE n.node_type = 'Seq Scan'
                       AND pg_relation_size(n.relid) >= 4 * s.least_bytes))[1] AS scanned
        FROM node AS n
        CROSS JOIN (SELECT setting::float8 * pg_catalog.current_setting('block_size')::float8
                        AS least_bytes
                    FROM pg_catalog.pg_settings WHERE name = 'min_parallel_table_scan_size') AS s
        WHERE n.dbid = l.dbid AND n.queryid = ANY (l.queryids)
    ) AS n
    WHERE l.operation = 'insert_select' AND l.is_here
      AND l.total_time >= 300 * l.statements
)
SELECT
    'load_parallel'::text AS kind,
    concat_ws('/', database_name, schemaname, relname) AS subject_key,
    NULL::text AS severity,
    title AS subject,
    format('%s of INSERT ... SELECT into %s is reading (%s and more), which one process does alone '
        'because the statement writes; as CREATE TABLE AS the query can use %s workers.',
        perfext.format_ratio(read_time / plan_time), title, perfext.format_line(scanned, 100),
        pg_catalog.current_setting('max_parallel_workers_per_gather')) AS summary,
    jsonb_build_object('queryids', to_jsonb(queryids), 'database', database_name,
        'relation', title, 'statements', statements, 'rows', rows,
        'total_time', round(total_time::numeric, 1), 'read_time', round(read_time::numeric, 1),
        'rows_per_second', round(rows_per_second::numeric),
        'projected_rows_per_second', round((rows_per_second / (1 - share))::numeric)) AS evidence,
    concat_ws(E'\n',
        '-- the query in parallel, then its rows:',
        '--   CREATE UNLOGGED TABLE result AS <the query>;',
        format('--   INSERT INTO %s SELECT * FROM result;', full_name),
        '-- or make the result a table that takes the old one''s place, or a partition (ATTACH)')
        AS action,
    total_time / database_time AS impact_ratio,
    share AS expected_gain_ratio,
    'low'::text AS confidence,
    first_seen,
    last_seen
FROM reading
CROSS JOIN LATERAL (
    SELECT 0.7 * read_time / plan_time
        * (1 - 1 / (1.0 + pg_catalog.current_setting('max_parallel_workers_per_gather')::int))
        AS share
) AS s
WHERE scanned IS NOT NULL
  AND read_time >= 0.6 * plan_time
  AND pg_catalog.current_setting('max_parallel_workers_per_gather')::int > 0
  -- it has to bring few rows: writing them twice costs, too
  AND rows < 100000 * statements;

COMMENT ON VIEW perfext.rule_load_parallel IS
    'Rule: INSERT ... SELECT whose query could run in parallel';
