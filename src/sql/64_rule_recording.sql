/*
 * perfext about itself: what it cannot see, and what it had to forget.
 */
CREATE VIEW perfext.rule_recording AS
WITH blind AS (
    SELECT
        'query_ids'::text AS subject_key, 'high'::text AS severity,
        'compute_query_id'::text AS subject,
        'The server computes no query identifiers, so that queries cannot be recorded.'::text
            AS summary,
        jsonb_build_object('queryids', '[]'::jsonb, 'compute_query_id',
            pg_catalog.current_setting('compute_query_id')) AS evidence,
        E'ALTER SYSTEM SET compute_query_id = auto;\nSELECT pg_reload_conf();'::text AS action,
        i.stats_reset
    FROM perfext.info AS i
    WHERE NOT i.query_ids
    UNION ALL
    SELECT
        'shared_memory', 'low', 'perfext.shared_memory',
        format('%s of the statements seen had to make room for others%s; more memory keeps them.',
            perfext.format_ratio(i.evicted / (i.evicted + i.statements)::float8),
            CASE WHEN i.dropped > 0 THEN format(' and %s executions were missed',
                perfext.format_count(i.dropped)) ELSE '' END),
        jsonb_build_object('queryids', '[]'::jsonb, 'statements', i.statements,
            'evicted', i.evicted, 'evicted_plans', i.evicted_plans, 'dropped', i.dropped,
            'memory_bytes', i.memory_bytes),
        format(E'ALTER SYSTEM SET perfext.shared_memory = ''%sMB'';  -- needs a restart',
            2 * ceil(i.memory_bytes / 1048576.0)),
        i.stats_reset
    FROM perfext.info AS i
    WHERE i.evicted > i.statements
       OR i.dropped > greatest(100, 0.001 * i.recorded)
)
SELECT
    'recording'::text AS kind, subject_key, severity, subject, summary, evidence, action,
    0::float8 AS impact_ratio, 0::float8 AS expected_gain_ratio, 'high'::text AS confidence,
    stats_reset AS first_seen, pg_catalog.now() AS last_seen
FROM blind;

COMMENT ON VIEW perfext.rule_recording IS
    'Rule: what perfext itself cannot see or had to forget';
