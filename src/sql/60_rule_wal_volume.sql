/*
 * Statements that write much more WAL than the rows they change need: because of
 * full page images (checkpoints too close), of many indexes, of updates that
 * cannot stay in their page.
 */
CREATE VIEW perfext.rule_wal_volume AS
WITH written AS (
    SELECT s.*,
           s.wal_fpi * pg_catalog.current_setting('block_size')::float8 AS image_bytes,
           s.wal_bytes::float8 / s.rows AS row_bytes,
           s.wal_records / s.rows::float8 AS row_records,
           sum(s.wal_bytes::float8) OVER () AS all_wal_bytes
    FROM perfext.rule_statements AS s
    WHERE s.rows >= 1000
      -- images of whole pages are the checkpoints' matter: rule full_page_images
      AND s.wal_bytes - s.wal_fpi * pg_catalog.current_setting('block_size')::int >= 16777216
),
target AS (
    SELECT DISTINCT n.userid, n.dbid, n.queryid, n.toplevel, n.node_type, n.relid, n.schemaname,
           n.relname
    FROM perfext.plan_nodes AS n
    WHERE n.node_type IN ('Insert', 'Update', 'Delete', 'Merge', 'ModifyTable')
),
judged AS (
    SELECT
        w.*, t.node_type, t.schemaname, t.relname,
        ix.indexes, ix.unused,
        st.n_tup_hot_upd / nullif(st.n_tup_upd, 0)::float8 AS hot_ratio,
        CASE
            -- rule update_all speaks about it
            WHEN t.node_type IN ('Update', 'Merge')
                AND w.rows >= 0.5 * w.calls * greatest(st.n_live_tup, 1) THEN NULL
            WHEN t.node_type IN ('Update', 'Merge') AND w.row_records >= 3 AND ix.indexes >= 2
                AND st.n_tup_hot_upd < 0.5 * st.n_tup_upd THEN 'update'
            -- where the others serve somebody, some are not needed: else nobody has asked yet
            WHEN w.row_records >= 5 AND ix.indexes >= 5 AND ix.unused IS NOT NULL
                AND ix.scans >= 10 THEN 'indexes'
        END AS cause
    FROM written AS w
    JOIN target AS t USING (userid, dbid, queryid, toplevel)
    JOIN pg_catalog.pg_class AS c ON c.oid = t.relid AND c.relname = t.relname
    LEFT JOIN pg_catalog.pg_stat_all_tables AS st ON st.relid = t.relid
    LEFT JOIN LATERAL (
        SELECT count(*) AS indexes, sum(u.idx_scan) AS scans,
               string_agg('--   ' || perfext.format_line(format('DROP INDEX CONCURRENTLY %I.%I;',
                   u.schemaname, u.indexrelname), 160), E'\n' ORDER BY u.indexrelname)
                   FILTER (WHERE u.idx_scan = 0 AND NOT i.indisunique AND NOT i.indisexclusion
                       AND NOT i.indisreplident AND NOT i.indisclustered
                       -- nor what belongs to a partitioned one or serves a foreign key
                       AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits AS h
                                       WHERE h.inhrelid = i.indexrelid)
                       AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS con
                                       WHERE con.conrelid = i.indrelid AND con.contype = 'f'
                                         AND i.indkey[0] = ANY (con.conkey))) AS unused
        FROM pg_catalog.pg_index AS i
        LEFT JOIN pg_catalog.pg_stat_all_indexes AS u ON u.indexrelid = i.indexrelid
        WHERE i.indrelid = t.relid
    ) AS ix ON true
    WHERE w.is_here
)
SELECT
    'wal_volume'::text AS kind,
    concat_ws('/', userid, dbid, queryid, toplevel, cause) AS subject_key,
    NULL::text AS severity,
    title AS subject,
    format('Each row writes %s of WAL in %s records; ',
        pg_size_pretty(round(row_bytes::numeric)), round(row_records::numeric, 1))
        || CASE cause
            WHEN 'update' THEN format('%s of the updates of %s move the row to another page or '
                'change an indexed column, and then all %s indexes are written.',
                perfext.format_ratio(1 - hot_ratio),
                perfext.format_line(schemaname || '.' || relname, 100), indexes)
            ELSE format('%s has %s indexes, and every row goes into each of them, those too that '
                'nobody reads.',
                perfext.format_line(schemaname || '.' || relname, 100), indexes)
        END AS summary,
    jsonb_build_object('queryids', jsonb_build_array(queryid), 'role', role_name,
        'database', database_name, 'calls', calls, 'rows', rows,
        'total_time', round(spent_time::numeric, 1),
        'wal_bytes', wal_bytes, 'wal_bytes_per_row', round(row_bytes::numeric),
        'wal_records_per_row', round(row_records::numeric, 2), 'wal_fpi', wal_fpi,
        'full_page_image_ratio', round(least(1, image_bytes / wal_bytes::float8)::numeric, 3),
        'indexes', indexes, 'hot_update_ratio', round(hot_ratio::numeric, 3)) AS evidence,
    concat_ws(E'\n',
        CASE cause WHEN 'update' THEN
            format(E'-- room in the pages for new versions, where pages are rewritten:\n'
                'ALTER TABLE %I.%I SET (fillfactor = 80);', schemaname, relname)
            || E'\n-- and look for indexes on columns that are updated often' END,
        '-- indexes without a scan in the server''s statistics; before dropping one, ask the standbys'
            || E'\n-- and how long the statistics reach back:'
            || E'\n' || unused)
        AS action,
    spent_time / database_time AS impact_ratio,
    0.2::float8 AS expected_gain_ratio,
    'low'::text AS confidence,
    stats_since AS first_seen,
    last_call AS last_seen
FROM judged
WHERE cause IS NOT NULL;

COMMENT ON VIEW perfext.rule_wal_volume IS
    'Rule: statements that write much WAL for each row because of indexes';

CREATE VIEW perfext.rule_full_page_images AS
WITH volume AS (
    SELECT
        sum(s.wal_bytes)::float8 AS wal_bytes,
        sum(s.wal_fpi) * pg_catalog.current_setting('block_size')::float8 AS image_bytes,
        sum(s.wal_fpi) AS images,
        sum(s.spent_time) FILTER (WHERE s.wal_fpi > 0) AS writing_time,
        sum(s.commit_time) AS commit_time,
        min(s.database_time) AS database_time,
        min(s.stats_since) AS first_seen,
        max(s.last_call) AS last_seen,
        (SELECT setting::float8 * 1048576 FROM pg_catalog.pg_settings
         WHERE name = 'max_wal_size') AS max_wal_bytes,
        (SELECT setting::float8 FROM pg_catalog.pg_settings
         WHERE name = 'checkpoint_timeout') AS checkpoint_seconds,
        jsonb_agg(s.queryid ORDER BY s.wal_fpi DESC) FILTER (WHERE s.wal_fpi > 0) AS queryids
    FROM perfext.rule_statements AS s
    WHERE s.toplevel
),
pace AS (
    SELECT v.*,
           least(1, v.image_bytes / v.wal_bytes) AS image_ratio,
           -- what would be written between two checkpoints if only time triggered them
           v.wal_bytes / greatest(1, extract(epoch FROM v.last_seen - v.first_seen))
               * v.checkpoint_seconds AS interval_bytes
    FROM volume AS v
    WHERE v.wal_bytes > 0
),
-- loads that go through several checkpoints while they run, whatever the log consists of
loading AS (
    SELECT l.schemaname, l.relname, l.queryids, l.wal_bytes, l.runs, l.total_time, l.run_bytes,
           l.first_seen, l.last_seen, v.max_wal_bytes, v.database_time,
           l.run_bytes / greatest(1, l.run_time / 1000) * v.checkpoint_seconds AS interval_bytes
    FROM volume AS v
    CROSS JOIN LATERAL (
        SELECT e.*, e.wal_bytes::float8 / greatest(e.runs, 1) AS run_bytes,
               (e.total_time + coalesce(e.commit_time, 0) + coalesce(e.client_gap_time, 0))
                   / greatest(e.runs, 1) AS run_time
        FROM perfext.etl_loads AS e
        WHERE e.schemaname NOT IN ('pg_catalog', 'information_schema', 'perfext')
          AND (e.rows_per_run >= 10000 OR e.operation IN ('create_index', 'reindex'))
        ORDER BY e.wal_bytes DESC
    ) AS l
    WHERE l.run_bytes >= 3 * v.max_wal_bytes
    ORDER BY l.wal_bytes DESC
    LIMIT 1
),
images AS (
    SELECT * FROM pace
    WHERE image_ratio >= 0.5
      -- several checkpoints were forced, it is not the first touch of pages after a single one
      AND wal_bytes >= 3 * max_wal_bytes
      AND interval_bytes >= 2 * max_wal_bytes
)
SELECT
    'full_page_images'::text AS kind,
    'server'::text AS subject_key,
    NULL::text AS severity,
    'checkpoints'::text AS subject,
    format('%s of %s of WAL are full page images, because the WAL forces checkpoints: %s would be '
        'written in checkpoint_timeout, max_wal_size is %s.',
        perfext.format_ratio(image_ratio), pg_size_pretty(round(wal_bytes::numeric)),
        pg_size_pretty(round(interval_bytes::numeric)),
        pg_size_pretty(round(max_wal_bytes::numeric))) AS summary,
    jsonb_build_object('queryids', (SELECT jsonb_agg(q) FROM (
            SELECT q FROM jsonb_array_elements(queryids) WITH ORDINALITY AS e(q, o)
            WHERE o <= 10) AS first),
        'wal_bytes', wal_bytes, 'full_page_images', images,
        'full_page_image_ratio', round(image_ratio::numeric, 3),
        'max_wal_bytes', max_wal_bytes, 'wal_bytes_in_checkpoint_timeout',
        round(interval_bytes::numeric), 'writing_time', round(writing_time::numeric, 1))
        AS evidence,
    format(E'ALTER SYSTEM SET max_wal_size = ''%sGB'';\n'
        'ALTER SYSTEM SET wal_compression = on;\nSELECT pg_reload_conf();',
        ceil(1.5 * least(interval_bytes, 68719476736) / 1073741824)) AS action,
    least(1, (writing_time + commit_time) / database_time) AS impact_ratio,
    0.1::float8 AS expected_gain_ratio,
    'low'::text AS confidence,
    first_seen,
    last_seen
FROM images
UNION ALL
SELECT
    'full_page_images',
    'server',
    NULL,
    'checkpoints',
    format('%s of %s writes %s of WAL%s, max_wal_size is %s: checkpoints are forced while it runs, '
        'and after each of them pages are written whole again.',
        CASE WHEN runs > 1 THEN 'Each load' ELSE 'The load' END,
        perfext.format_line(schemaname || '.' || relname, 100),
        pg_size_pretty(round(run_bytes::numeric)),
        CASE WHEN runs > 1 THEN format(' (%s times)', perfext.format_count(runs)) ELSE '' END,
        pg_size_pretty(round(max_wal_bytes::numeric))),
    jsonb_build_object('queryids', to_jsonb(queryids),
        'relation', schemaname || '.' || relname, 'wal_bytes', wal_bytes, 'runs', runs,
        'wal_bytes_per_run', round(run_bytes::numeric), 'max_wal_bytes', max_wal_bytes,
        'wal_bytes_in_checkpoint_timeout', round(interval_bytes::numeric),
        'total_time', round(total_time::numeric, 1)),
    format(E'ALTER SYSTEM SET max_wal_size = ''%sGB'';\nSELECT pg_reload_conf();',
        ceil(3 * least(run_bytes, interval_bytes, 34359738368) / 1073741824)),
    least(1, total_time / database_time),
    0.1,
    'low',
    first_seen,
    last_seen
FROM loading
WHERE interval_bytes >= 2 * max_wal_bytes
  AND NOT EXISTS (SELECT FROM images);

COMMENT ON VIEW perfext.rule_full_page_images IS
    'Rule: WAL that consists of full page images because checkpoints are forced too often, and loads that force them';
