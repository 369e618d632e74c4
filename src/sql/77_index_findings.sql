/*
 * What is to be said about indexes that are missing, and about those that were created: by
 * rule missing_index where statements want them, by rule foreign_key_index where nothing but
 * foreign-key checks does. The only recommendations with a life after the action.
 */
CREATE FUNCTION perfext.foreign_key_of(relid oid, columns text[])
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT k.conname
    FROM (
        SELECT con.conname, con.conparentid,
               (SELECT array_agg(quote_ident(a.attname) ORDER BY o)
                FROM unnest(con.conkey) WITH ORDINALITY AS u(attnum, o)
                JOIN pg_attribute AS a ON a.attrelid = con.conrelid AND a.attnum = u.attnum)
                   AS columns
        FROM pg_constraint AS con
        WHERE con.conrelid = foreign_key_of.relid AND con.contype = 'f'
    ) AS k
    WHERE k.columns && foreign_key_of.columns
    -- the one with all of the columns; a partition's own behind its parent's
    ORDER BY k.columns <@ foreign_key_of.columns DESC, k.columns @> foreign_key_of.columns DESC,
             k.conparentid, k.conname
    LIMIT 1
$$;

COMMENT ON FUNCTION perfext.foreign_key_of(oid, text[]) IS
    'Name of the foreign key of a table whose checks an index on these columns serves; NULL: none';

CREATE VIEW perfext.index_findings AS
WITH open AS (
    SELECT m.*,
           perfext.format_line(m.schemaname || '.' || m.relname, 100) AS relation,
           perfext.format_line(concat('(' || m.column_list || ')',
               ' INCLUDE (' || nullif(array_to_string(m.include_columns, ', '), '') || ')',
               ' WHERE ' || m.predicate), 100) AS keys,
           perfext.foreign_key_of(CASE WHEN m.foreign_key THEN m.relid END, m.key_columns)
               AS conname
    FROM perfext.missing_indexes AS m
),
applied AS (
    SELECT a.*,
           CASE WHEN foreign_key THEN 'foreign-key checks' ELSE 'statements' END AS beneficiaries,
           perfext.foreign_key_of(CASE WHEN a.foreign_key THEN a.relid END,
               string_to_array(a.column_list, ', ')) AS conname
    FROM perfext.applied_indexes AS a
)
SELECT
    CASE WHEN foreign_key THEN 'foreign_key_index' ELSE 'missing_index' END AS kind,
    CASE WHEN foreign_key
        THEN concat_ws('/', database_name, schemaname, relname, coalesce(conname, column_list))
        ELSE concat_ws('/', database_name, schemaname, relname, nullif(method, 'btree'),
            column_list, predicate)
    END AS subject_key,
    NULL::text AS severity,
    perfext.format_line(format('%s.%s %s', schemaname, relname, keys), 100) AS subject,
    CASE
        WHEN foreign_key
            THEN format('Each foreign-key check of %s takes %s because no index on %s begins with '
                '(%s); the planner uses one, and the cost of a check falls from %s to %s.',
                perfext.format_line(coalesce(conname, 'a statement'), 64),
                perfext.format_time(total_exec_time / nullif(calls, 0)), relation,
                perfext.format_line(column_list, 100), perfext.format_count(cost_before),
                perfext.format_count(cost_after))
        WHEN verified
            THEN format('An index on %s %s would save %s of the %s that %s take; the planner uses '
                'it, and its cost falls from %s to %s.', relation, keys,
                perfext.format_time(saved_time), perfext.format_time(total_exec_time),
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
        'database', database_name,
        'table', quote_ident(schemaname) || '.' || quote_ident(relname), 'constraint', conname,
        CASE WHEN foreign_key THEN 'fk_checks' ELSE 'calls' END, calls,
        CASE WHEN foreign_key THEN 'fk_time' ELSE 'total_time' END,
        round(total_exec_time::numeric, 1),
        'scan_time', CASE WHEN NOT foreign_key THEN round(node_time::numeric, 1) END,
        'saved_time', round(saved_time::numeric, 1),
        'cost_before', round(cost_before::numeric, 1),
        'cost_after', round(cost_after::numeric, 1), 'index_size_bytes', index_size_bytes,
        'rows_written_to_table', rows_written,
        'write_cost_time', round(write_cost_time::numeric, 1),
        'method', method, 'columns', to_jsonb(key_columns), 'reason', reason))
        || evidence AS evidence,
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
    CASE WHEN foreign_key THEN 'foreign_key_index' ELSE 'missing_index' END,
    concat_ws('/', database_name, schemaname, relname,
        CASE WHEN foreign_key THEN coalesce(conname, column_list) ELSE definition END),
    'low',
    perfext.format_line(format('%s.%s: index %s', schemaname, relname, index_name), 100),
    CASE status
        WHEN 'applied' THEN format('The proposed index %s is there; what it gains can be told '
            'after %s executions before and after of the %s that it was made for (%s since).',
            name, coalesce(nullif(confirm_calls, ''), '30'), beneficiaries,
            perfext.format_count(calls_after::float8))
        WHEN 'confirmed' THEN format('The index %s has made the %s that it was made for '
            '%s shorter: %s instead of %s on average.', name, beneficiaries,
            perfext.format_ratio(gain), perfext.format_time(mean_after),
            perfext.format_time(mean_before))
        ELSE format('The index %s has not made the %s that it was made for shorter: %s '
            'on average, %s before; drop it, unless something else needs it.', name,
            beneficiaries, perfext.format_time(mean_after), perfext.format_time(mean_before))
    END,
    jsonb_strip_nulls(jsonb_build_object('queryids', to_jsonb(queryids),
        'database', database_name, 'constraint', conname,
        CASE WHEN foreign_key THEN 'fk_checks' ELSE 'calls' END, calls_after,
        CASE WHEN foreign_key THEN 'fk_checks_before' ELSE 'calls_before' END, calls_before,
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
FROM applied
UNION ALL
SELECT
    'foreign_key_index',
    concat_ws('/', database_name, schemaname, relname, conname),
    NULL,
    perfext.format_line(format('%s.%s (%s)', schemaname, relname, column_list), 100),
    format('Each foreign-key check of %s takes %s because no index on %s begins with (%s) '
        '(not verified by the planner: %s).',
        perfext.format_line(conname, 64), perfext.format_time(fk_time / fk_checks),
        perfext.format_line(schemaname || '.' || relname, 100),
        perfext.format_line(column_list, 100), perfext.format_line(reason, 100)),
    jsonb_build_object('queryids', to_jsonb(queryids), 'database', database_name,
        'table', quote_ident(schemaname) || '.' || quote_ident(relname),
        'calls', calls, 'total_time', round(spent_time::numeric, 1),
        'fk_checks', fk_checks, 'fk_time', round(fk_time::numeric, 1),
        'constraint', conname, 'columns', to_jsonb(key_columns), 'reason', reason,
        'statements', statements),
    perfext.create_index_sql(relid, 'btree', column_list, '{}', NULL, NULL),
    fk_time / database_time,
    0.9,
    -- which of several deferred ones it was is not known
    CASE WHEN at_commit THEN 'medium' ELSE 'high' END,
    first_seen,
    last_seen,
    false,
    'open'
FROM perfext.suspected_foreign_keys AS k
WHERE NOT EXISTS (
    SELECT
    FROM open AS m
    WHERE m.relid = k.relid
      AND m.key_columns[1:cardinality(k.key_columns)] @> k.key_columns);

COMMENT ON VIEW perfext.index_findings IS
    'What rules missing_index and foreign_key_index say; columns as in perfext.recommendations';
