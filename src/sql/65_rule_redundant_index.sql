/*
 * Indexes that cost space and writes and serve nothing of their own. It is not about
 * time that could be measured: the floor is size and writes, the severity never high.
 */
CREATE VIEW perfext.rule_redundant_index AS
WITH reader AS MATERIALIZED (
    -- plans that perfext has recorded, longer ago perhaps than the server counts
    SELECT coalesce(pg_catalog.pg_partition_root(n.indexrelid), n.indexrelid) AS indexrelid,
           jsonb_agg(DISTINCT n.queryid) AS queryids
    FROM perfext.plan_nodes AS n
    WHERE n.dbid = (SELECT d.oid FROM pg_catalog.pg_database AS d
                    WHERE d.datname = pg_catalog.current_database())
      AND n.indexrelid IS NOT NULL
      AND n.loops > 0
    GROUP BY 1
),
judged AS (
    SELECT
        r.*,
        pg_catalog.current_database()::text AS database_name,
        coalesce(reader.queryids, '[]') AS queryids,
        concat_ws(' and ', pg_size_pretty(r.index_size_bytes),
            CASE WHEN r.index_writes > 0 THEN format('%s entries written since %s',
                perfext.format_count(r.index_writes), to_char(r.since, 'YYYY-MM-DD')) END) AS costs
    FROM perfext.redundant_indexes AS r
    LEFT JOIN reader ON reader.indexrelid = r.indexrelid
    WHERE r.reason = 'invalid'
       OR r.index_size_bytes >= 10485760
       OR r.index_writes >= 1000000
)
SELECT
    'redundant_index'::text AS kind,
    concat_ws('/', database_name, schemaname, relname, indexrelname, reason) AS subject_key,
    CASE WHEN reason <> 'invalid' AND (index_size_bytes >= 1073741824 OR index_writes >= 10000000)
        THEN 'medium' ELSE 'low' END AS severity,
    perfext.format_line(format('%s.%s', schemaname, indexrelname), 100) AS subject,
    format(CASE reason
            WHEN 'invalid' THEN '%1$s on %2$s is invalid: building it failed, and no query uses it (%4$s).'
            WHEN 'duplicate' THEN '%1$s on %2$s does the same as %3$s, for %4$s.'
            WHEN 'prefix_of' THEN '%1$s on %2$s does nothing that %3$s does not do too, for %4$s.'
            ELSE '%1$s on %2$s has not been scanned since %5$s, for %4$s.'
        END,
        perfext.format_line(indexrelname, 64),
        perfext.format_line(schemaname || '.' || relname, 100),
        perfext.format_line(covered_by, 64), costs,
        to_char(since, 'YYYY-MM-DD')) AS summary,
    jsonb_build_object('queryids', queryids, 'database', database_name, 'reason', reason,
        'table', schemaname || '.' || relname, 'index', indexrelname, 'covered_by', covered_by,
        'index_size_bytes', index_size_bytes, 'covered_by_size_bytes', covered_by_size_bytes,
        'idx_scan', idx_scan, 'last_idx_scan', last_idx_scan, 'since', since,
        'index_writes', index_writes, 'hot_update_ratio', round(hot_update_ratio::numeric, 3),
        'definition', definition) AS evidence,
    '-- ' || perfext.format_line(advice, 1000) || E'\n' || ddl AS action,
    NULL::float8 AS impact_ratio,
    NULL::float8 AS expected_gain_ratio,
    CASE
        WHEN reason IN ('invalid', 'duplicate') THEN 'high'
        WHEN reason = 'prefix_of' AND covered_by_size_bytes < 3 * index_size_bytes THEN 'high'
        WHEN reason = 'unused' AND pg_catalog.now() - since < interval '30 days' THEN 'low'
        ELSE 'medium'
    END AS confidence,
    since AS first_seen,
    pg_catalog.now() AS last_seen
FROM judged
WHERE reason <> 'unused' OR queryids = '[]';

COMMENT ON VIEW perfext.rule_redundant_index IS
    'Rule: indexes that take space and slow writes down, and serve no query of their own';
