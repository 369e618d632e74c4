/*
 * Indexes that would save time, what the planner says about them, and what came of those
 * that were created. The only rule whose recommendations have a life after the action.
 */
CREATE VIEW perfext.rule_missing_index AS
WITH open AS (
    SELECT m.*,
           perfext.format_line(m.schemaname || '.' || m.relname, 100) AS relation,
           perfext.format_line(concat('(' || m.column_list || ')',
               ' INCLUDE (' || nullif(array_to_string(m.include_columns, ', '), '') || ')',
               ' WHERE ' || m.predicate), 100) AS keys
    FROM perfext.missing_indexes AS m
),
applied AS (
    SELECT
        indexrelid, relid, index_name, schemaname, relname, database_name,
        -- the proposal that the index was made from, where it serves others as well
        (array_agg(concat_ws('/', nullif(method, 'btree'), column_list, predicate)
            ORDER BY length(column_list) DESC, column_list))[1] AS definition,
        array_agg(DISTINCT queryid) AS queryids,
        sum(calls_before) AS calls_before,
        sum(calls_after) AS calls_after,
        least(1, sum(exec_time_ratio)) AS exec_time_ratio,
        avg(estimated_saved_ratio) AS estimated_saved_ratio,
        -- settled, when those are that took most of the time
        sum(calls_before * mean_exec_time_before) FILTER (WHERE is_confirmed)
            >= 0.5 * sum(calls_before * mean_exec_time_before) AS is_settled,
        1 - sum(calls_after * mean_exec_time_after) FILTER (WHERE is_confirmed)
            / nullif(sum(calls_after * mean_exec_time_before) FILTER (WHERE is_confirmed), 0)
            AS gain,
        sum(calls_before * mean_exec_time_before) FILTER (WHERE is_confirmed)
            / sum(calls_before) FILTER (WHERE is_confirmed) AS mean_before,
        sum(calls_after * mean_exec_time_after) FILTER (WHERE is_confirmed)
            / sum(calls_after) FILTER (WHERE is_confirmed) AS mean_after,
        min(first_seen) AS first_seen,
        max(last_seen) AS last_seen
    FROM perfext.advice_accuracy
    GROUP BY indexrelid, relid, index_name, schemaname, relname, database_name
),
judged AS (
    SELECT a.*,
           CASE
               WHEN is_settled AND gain >= 0.05 THEN 'confirmed'
               WHEN is_settled THEN 'no_gain'
               ELSE 'applied'
           END AS status,
           quote_ident(schemaname) || '.' || quote_ident(index_name) AS full_name,
           perfext.format_line(index_name, 64) AS name,
           pg_catalog.current_setting('perfext.confirm_calls', true) AS confirm_calls,
           c.relkind = 'I' AS is_partitioned,
           EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conindid = a.indexrelid)
               AS has_constraint
    FROM applied AS a
    JOIN pg_catalog.pg_class AS c ON c.oid = a.indexrelid
)
SELECT
    'missing_index'::text AS kind,
    concat_ws('/', database_name, schemaname, relname, nullif(method, 'btree'), column_list,
        predicate) AS subject_key,
    NULL::text AS severity,
    perfext.format_line(format('%s.%s %s', schemaname, relname, keys), 100) AS subject,
    CASE WHEN verified
        THEN format('An index on %s %s would save %s of the %s that %s take; the planner uses it, '
            'and its cost falls from %s to %s.', relation, keys, perfext.format_time(saved_time),
            perfext.format_time(total_exec_time),
            CASE cardinality(queryids) WHEN 1 THEN 'a statement''s executions'
                ELSE 'the executions of ' || cardinality(queryids) || ' statements' END,
            perfext.format_count(cost_before), perfext.format_count(cost_after))
        ELSE format('Each scan of %s reads %s rows to keep %s; an index on %s would find them '
            'directly (not verified by the planner: %s).', relation,
            perfext.format_count((evidence->'rows_read_per_scan')::float8),
            CASE WHEN (evidence->'rows_kept_per_scan')::float8 < 1 THEN 'next to none'
                ELSE perfext.format_count((evidence->'rows_kept_per_scan')::float8) END,
            keys, perfext.format_line(reason, 100))
    END AS summary,
    jsonb_strip_nulls(jsonb_build_object('queryids', to_jsonb(queryids),
        'database', database_name, 'calls', calls,
        'total_time', round(total_exec_time::numeric, 1),
        'scan_time', round(node_time::numeric, 1),
        'saved_time', round(saved_time::numeric, 1),
        'cost_before', round(cost_before::numeric, 1),
        'cost_after', round(cost_after::numeric, 1), 'index_size_bytes', index_size_bytes,
        'rows_written_to_table', rows_written,
        'write_cost_time', round(write_cost_time::numeric, 1),
        'columns', to_jsonb(key_columns), 'reason', reason)) || evidence AS evidence,
    -- only ANALYZE tells the planner about the values of an expression
    ddl || CASE WHEN column_list ~ '[(]' THEN format(E'\nANALYZE %s.%s;', quote_ident(schemaname),
        quote_ident(relname)) ELSE '' END AS action,
    node_time_ratio AS impact_ratio,
    saved_time / node_time AS expected_gain_ratio,
    confidence,
    first_seen,
    last_seen,
    verified,
    'open'::text AS status
FROM open
UNION ALL
SELECT
    'missing_index',
    concat_ws('/', database_name, schemaname, relname, definition),
    'low',
    perfext.format_line(format('%s.%s: index %s', schemaname, relname, index_name), 100),
    CASE status
        WHEN 'applied' THEN format('The proposed index %s is there; what it gains can be told '
            'after %s executions before and after of the statements that it was made for '
            '(%s since).', name, coalesce(nullif(confirm_calls, ''), '30'),
            perfext.format_count(calls_after::float8))
        WHEN 'confirmed' THEN format('The index %s has made the statements that it was made for '
            '%s shorter: %s instead of %s on average.', name, perfext.format_ratio(gain),
            perfext.format_time(mean_after), perfext.format_time(mean_before))
        ELSE format('The index %s has not made the statements that it was made for shorter: %s '
            'on average, %s before; drop it, unless something else needs it.', name,
            perfext.format_time(mean_after), perfext.format_time(mean_before))
    END,
    jsonb_strip_nulls(jsonb_build_object('queryids', to_jsonb(queryids),
        'database', database_name, 'calls', calls_after, 'calls_before', calls_before,
        'estimated_gain_ratio', round(estimated_saved_ratio::numeric, 4),
        'measured_gain_ratio', round(gain::numeric, 4),
        'mean_time_before', round(mean_before::numeric, 4),
        'mean_time_after', round(mean_after::numeric, 4),
        'index_size_bytes', pg_catalog.pg_relation_size(indexrelid))),
    CASE
        WHEN status = 'applied' THEN '-- nothing: wait for more executions'
        WHEN status = 'confirmed' THEN '-- nothing: keep the index'
        WHEN has_constraint THEN '-- nothing: a constraint needs the index'
        ELSE format('DROP INDEX%s %s;', CASE WHEN is_partitioned THEN '' ELSE ' CONCURRENTLY' END,
            full_name)
    END,
    exec_time_ratio,
    0,
    CASE WHEN is_settled THEN 'high' ELSE 'medium' END,
    first_seen,
    last_seen,
    status <> 'applied',
    status
FROM judged;

COMMENT ON VIEW perfext.rule_missing_index IS
    'Rule: indexes that would save time, and what those gained that were created';
