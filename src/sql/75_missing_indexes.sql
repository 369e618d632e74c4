/* The indexes that are worth a person's time, with their names and commands */

CREATE FUNCTION perfext.index_name(schemaname text, relname text, column_list text, details text)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    -- of plain ASCII, so that characters are bytes; a hash where that does not tell all
    SELECT concat_ws('_', left(relation, 24), left(keys, 24),
        CASE WHEN relation <> index_name.relname OR length(relation) > 24 OR length(keys) > 24
            OR index_name.details <> ''
            OR EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                       WHERE c.relname = concat(relation, '_', keys, '_idx')
                         AND n.nspname = index_name.schemaname)
        THEN left(md5(concat_ws('/', index_name.relname, index_name.column_list,
            index_name.details)), 6) END, 'idx')
    FROM (SELECT
            btrim(regexp_replace(index_name.relname, '[^a-zA-Z0-9_]+', '_', 'g'), '_'),
            btrim(regexp_replace(lower(index_name.column_list), '[^a-z0-9_]+', '_', 'g'), '_')
        ) AS words(relation, keys)
$$;

COMMENT ON FUNCTION perfext.index_name(text, text, text, text) IS
    'A name for a new index on a table, always the same one as long as none has it';

CREATE FUNCTION perfext.create_index_sql(
    relid oid,
    method text,
    column_list text,
    include_columns text[],
    predicate text,
    needs_extension text)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
    WITH definition AS (
        SELECT
            CASE method WHEN 'btree' THEN '' ELSE 'USING ' || quote_ident(method) || ' ' END
                || '(' || column_list || ')'
                || coalesce(' INCLUDE (' || nullif(array_to_string(include_columns, ', '), '')
                    || ')', '')
                || coalesce(' WHERE ' || predicate, '') AS words,
            concat_ws('/', nullif(method, 'btree'),
                nullif(array_to_string(include_columns, ','), ''), predicate) AS details
    ),
    -- a table is its own only part; of a partitioned table CREATE INDEX CONCURRENTLY knows only
    -- the partitions, which are then attached
    part AS (
        SELECT
            c.oid, p.parent, p.level, c.relkind = 'p' AS is_parent, c.relname,
            quote_ident(ns.nspname) || '.' || quote_ident(c.relname) AS full_name,
            quote_ident(ns.nspname) AS nsp,
            quote_ident(perfext.index_name(ns.nspname, c.relname, column_list, d.details))
                AS index_name,
            d.words
        FROM definition AS d
        CROSS JOIN (
            SELECT t.relid, t.parentrelid AS parent, t.level
            FROM pg_partition_tree(create_index_sql.relid) AS t
            UNION
            SELECT create_index_sql.relid, NULL, 0
            WHERE NOT EXISTS (SELECT FROM pg_partition_tree(create_index_sql.relid))
        ) AS p(relid, parent, level)
        JOIN pg_class AS c ON c.oid = p.relid AND c.relkind <> 'f'
        JOIN pg_namespace AS ns ON ns.oid = c.relnamespace
    )
    SELECT concat_ws(E'\n',
        CASE WHEN NOT EXISTS (SELECT FROM pg_extension WHERE extname = needs_extension) THEN
            'CREATE EXTENSION IF NOT EXISTS ' || quote_ident(needs_extension) || ';' END,
        (SELECT string_agg(CASE
            WHEN is_parent
                THEN format('CREATE INDEX %s ON ONLY %s %s;', index_name, full_name, words)
            ELSE format('CREATE INDEX CONCURRENTLY %s ON %s %s;', index_name, full_name, words)
            END, E'\n' ORDER BY level, relname, oid)
         FROM part),
        (SELECT string_agg(format('ALTER INDEX %s.%s ATTACH PARTITION %s.%s;', p.nsp, p.index_name,
                c.nsp, c.index_name), E'\n' ORDER BY c.level DESC, c.relname, c.oid)
         FROM part AS c JOIN part AS p ON p.oid = c.parent))
$$;

COMMENT ON FUNCTION perfext.create_index_sql(oid, text, text, text[], text, text) IS
    'The commands that create an index without blocking writers, one on each line; of a partitioned table, one partition at a time';

/*
 * A function, because the planner cannot know how many rows there are of what is recorded,
 * takes them for few, and would compare each with each; and because compiling the query
 * takes longer than running it.
 */
CREATE FUNCTION perfext.missing_indexes(
    OUT id text,
    OUT dbid oid,
    OUT relid oid,
    OUT schemaname text,
    OUT relname text,
    OUT method text,
    OUT key_columns text[],
    OUT include_columns text[],
    OUT predicate text,
    OUT ddl text,
    OUT queryids bigint[],
    OUT calls bigint,
    OUT total_exec_time float8,
    OUT cost_before float8,
    OUT cost_after float8,
    OUT saved_time float8,
    OUT saved_time_ratio float8,
    OUT index_size_bytes bigint,
    OUT write_cost_time float8,
    OUT verified boolean,
    OUT reason text,
    OUT first_seen timestamptz,
    OUT last_seen timestamptz,
    OUT database_name text,
    OUT column_list text,
    OUT node_time float8,
    OUT node_time_ratio float8,
    OUT rows_written bigint,
    OUT confidence text,
    OUT foreign_key boolean,
    OUT evidence jsonb
)
RETURNS SETOF record
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET jit = off
SET perfext.read_once = on
AS $$
WITH proved AS MATERIALIZED (
    SELECT * FROM perfext.proved_indexes
),
found AS (
    SELECT
        database_name, database_time, relid, relkind, schemaname, relname, method, key_columns,
        include_columns, predicate, column_list, needs_extension, queryids, calls, exec_time,
        cost_before, cost_after, node_time, saved_time, size_bytes,
        true AS verified, NULL::text AS reason,
        CASE WHEN is_unmeasured THEN 'low' WHEN flips THEN 'medium' ELSE 'high' END AS confidence,
        foreign_key,
        jsonb_build_object('statements', statements) AS evidence, first_seen, last_seen
    FROM proved
    UNION ALL
    SELECT
        database_name, database_time, relid, relkind, schemaname, relname, method, key_columns,
        include_columns, predicate, column_list, NULL, queryids, calls, exec_time,
        NULL, NULL, node_time, saved_time, NULL,
        false, reason,
        CASE WHEN stopped_early THEN 'low' ELSE 'medium' END,
        false,
        jsonb_build_object('samples', samples,
            'rows_read_per_scan', round(loop_rows_read::numeric),
            'rows_kept_per_scan', round(loop_rows::numeric, 1),
            'kept_ratio', round(kept_ratio::numeric, 6), 'statements', statements),
        first_seen, last_seen
    FROM perfext.suspected_indexes AS s
    WHERE NOT EXISTS (
        SELECT FROM proved AS p
        WHERE p.relid = s.relid AND p.predicate IS NULL
          AND pg_catalog.starts_with(p.column_list || ', ', s.column_list || ', '))
    UNION ALL
    SELECT
        database_name, database_time, relid, relkind, schemaname, relname, method, key_columns,
        include_columns, predicate, column_list, needs_extension, queryids, calls, exec_time,
        NULL, NULL, node_time, saved_time, NULL,
        false, reason,
        CASE WHEN stopped_early THEN 'low' ELSE 'medium' END,
        false,
        jsonb_build_object('samples', samples,
            'rows_read_per_scan', round(loop_rows_read::numeric),
            'rows_kept_per_scan', round(loop_rows::numeric, 1),
            'kept_ratio', round(kept_ratio::numeric, 6), 'statements', statements),
        first_seen, last_seen
    FROM perfext.suspected_trigram_indexes
),
-- what a person should spend time on, and what earns more than it costs to maintain
worth AS MATERIALIZED (
    SELECT f.*, coalesce(w.rows_written, 0)::bigint AS rows_written,
           coalesce(w.entries * perfext.index_write_time(f.method, f.size_bytes), 0)
               AS write_cost_time
    FROM found AS f
    LEFT JOIN perfext.table_write_entries AS w USING (relid)
    WHERE f.saved_time >= 50
      -- less than that of the nodes that go lies within the error of such estimates
      AND f.saved_time >= 0.3 * f.node_time
),
-- of what is left of this database's time when the larger savings are made: two statements that
-- take nearly all of it must not hide what the others need
ranked AS MATERIALIZED (
    SELECT w.*, h.time AS time_here,
           coalesce(sum(CASE WHEN verified THEN saved_time END) OVER (
               ORDER BY saved_time DESC, relid, column_list
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS saved_before
    FROM worth AS w
    CROSS JOIN (
        SELECT sum(s.spent_time) AS time
        FROM perfext.rule_statements AS s
        WHERE s.is_here AND s.toplevel
    ) AS h
    WHERE saved_time > write_cost_time
)
SELECT
    'missing_index-' || left(md5(concat_ws('/', database_name, schemaname, relname,
        nullif(method, 'btree'), column_list, predicate)), 10) AS id,
    (SELECT d.oid FROM pg_catalog.pg_database AS d
     WHERE d.datname = pg_catalog.current_database()) AS dbid,
    relid,
    schemaname,
    relname,
    method,
    key_columns,
    include_columns,
    predicate,
    perfext.create_index_sql(relid, method, column_list, include_columns, predicate,
        needs_extension) AS ddl,
    queryids,
    calls,
    exec_time AS total_exec_time,
    cost_before,
    cost_after,
    saved_time,
    saved_time / database_time AS saved_time_ratio,
    size_bytes::bigint AS index_size_bytes,
    write_cost_time,
    verified,
    reason,
    first_seen,
    last_seen,
    database_name,
    column_list,
    least(node_time, database_time) AS node_time,
    least(1, node_time / database_time) AS node_time_ratio,
    rows_written,
    confidence,
    foreign_key,
    evidence
FROM ranked
WHERE saved_time >= 0.02 * (time_here - saved_before)
ORDER BY saved_time DESC, relid, column_list
$$;

COMMENT ON FUNCTION perfext.missing_indexes() IS
    'What view perfext.missing_indexes shows';

CREATE VIEW perfext.missing_indexes AS
SELECT * FROM perfext.missing_indexes();

COMMENT ON VIEW perfext.missing_indexes IS
    'One row per index that would save at least 2 % of the time of this database that larger savings leave, and more than it costs to maintain (current database), the largest saving first; times in ms';

COMMENT ON COLUMN perfext.missing_indexes.id IS
    'Identifier that stays the same over restarts and as counters grow; that of the recommendation, but for foreign keys''';
COMMENT ON COLUMN perfext.missing_indexes.dbid IS
    'Database: the current one';
COMMENT ON COLUMN perfext.missing_indexes.relid IS
    'Table; of a partition, its topmost parent';
COMMENT ON COLUMN perfext.missing_indexes.schemaname IS
    'Its schema';
COMMENT ON COLUMN perfext.missing_indexes.relname IS
    'Its name';
COMMENT ON COLUMN perfext.missing_indexes.method IS
    'Access method: btree, gin, gist, brin ...';
COMMENT ON COLUMN perfext.missing_indexes.key_columns IS
    'Columns or expressions of the key in their order, quoted as SQL needs it, with direction where it matters';
COMMENT ON COLUMN perfext.missing_indexes.include_columns IS
    'Columns that are included so that the table need not be read; empty: none';
COMMENT ON COLUMN perfext.missing_indexes.predicate IS
    'Predicate of a partial index; NULL: the index is not partial';
COMMENT ON COLUMN perfext.missing_indexes.ddl IS
    'Commands that create it without blocking writers, one on each line, none of them inside a transaction';
COMMENT ON COLUMN perfext.missing_indexes.queryids IS
    'Statements that want it: join with perfext.statements';
COMMENT ON COLUMN perfext.missing_indexes.calls IS
    'Executions of those statements';
COMMENT ON COLUMN perfext.missing_indexes.total_exec_time IS
    'Time of those, ms';
COMMENT ON COLUMN perfext.missing_indexes.cost_before IS
    'The planner''s cost of an execution without new indexes, the mean over the calls; NULL if not verified';
COMMENT ON COLUMN perfext.missing_indexes.cost_after IS
    'The same with the indexes that are proposed; NULL if not verified';
COMMENT ON COLUMN perfext.missing_indexes.saved_time IS
    'Measured time that it would have saved since the statements are recorded, ms; what it costs to maintain is not taken off';
COMMENT ON COLUMN perfext.missing_indexes.saved_time_ratio IS
    'The same as a share (0 to 1) of the time of all recorded top-level statements';
COMMENT ON COLUMN perfext.missing_indexes.index_size_bytes IS
    'Expected size, bytes; NULL if not verified';
COMMENT ON COLUMN perfext.missing_indexes.write_cost_time IS
    'Time that it would have cost to maintain it for the rows that recorded statements wrote, ms';
COMMENT ON COLUMN perfext.missing_indexes.verified IS
    'True: the planner, asked with the statement''s own values, uses the index; cost_before and cost_after are what it said';
COMMENT ON COLUMN perfext.missing_indexes.reason IS
    'Why the planner was not asked; NULL if verified';
COMMENT ON COLUMN perfext.missing_indexes.first_seen IS
    'Since when statements scan the table so';
COMMENT ON COLUMN perfext.missing_indexes.last_seen IS
    'When one did last';
COMMENT ON COLUMN perfext.missing_indexes.database_name IS
    'Name of the database';
COMMENT ON COLUMN perfext.missing_indexes.column_list IS
    'The key as CREATE INDEX wants it, with operator classes';
COMMENT ON COLUMN perfext.missing_indexes.node_time IS
    'Measured time of the plan nodes that the index would take away or shorten, ms';
COMMENT ON COLUMN perfext.missing_indexes.node_time_ratio IS
    'The same as a share (0 to 1) of the time of all recorded top-level statements';
COMMENT ON COLUMN perfext.missing_indexes.rows_written IS
    'Rows that recorded statements wrote to the table';
COMMENT ON COLUMN perfext.missing_indexes.confidence IS
    'high; medium: not verified, or another kind of join takes the place of the one there is; low: the time of the nodes was not measured, or the scans stop early';
COMMENT ON COLUMN perfext.missing_indexes.foreign_key IS
    'True: only foreign-key checks want it; calls and total_exec_time are those of the checks, and the recommendation is of kind foreign_key_index';
COMMENT ON COLUMN perfext.missing_indexes.evidence IS
    'What was measured and what the planner said, for each statement';

GRANT SELECT ON perfext.proved_indexes, perfext.suspected_indexes,
    perfext.suspected_trigram_indexes, perfext.missing_indexes TO PUBLIC;

/* The views that it is made of have the same columns */
DO $$
DECLARE
    col record;
BEGIN
    FOR col IN
        SELECT v.relname AS view, a.attname AS column,
               CASE a.attname
                   WHEN 'database_time' THEN 'That of all top-level statements, ms'
                   WHEN 'exec_time' THEN 'Execution time of the statements, ms'
                   WHEN 'relkind' THEN 'r: table, m: materialized view, p: partitioned table'
                   WHEN 'needs_extension' THEN 'Extension that has to be there for its operator class'
                   WHEN 'size_bytes' THEN 'Expected size, bytes'
                   WHEN 'is_unmeasured' THEN 'True: of one of the statements, no plan nodes were measured'
                   WHEN 'flips' THEN 'True: in one of the statements, another kind of join takes the place of the one there is'
                   WHEN 'statements' THEN 'What was measured and what the planner said, for each statement'
                   WHEN 'loop_rows_read' THEN 'Rows that a scan reads'
                   WHEN 'loop_rows' THEN 'Rows that it keeps of them'
                   WHEN 'kept_ratio' THEN 'Share (0 to 1) of the rows that it keeps'
                   WHEN 'stopped_early' THEN 'True: most scans were not read to their end'
                   WHEN 'samples' THEN 'Executions in which the scan was measured'
                   ELSE pg_catalog.col_description(m.attrelid, m.attnum)
               END AS words
        FROM pg_catalog.pg_class AS v
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = v.oid AND a.attnum > 0
        LEFT JOIN pg_catalog.pg_attribute AS m
            ON m.attrelid = 'perfext.missing_indexes'::pg_catalog.regclass
            AND m.attname = a.attname
        WHERE v.oid IN ('perfext.proved_indexes'::pg_catalog.regclass,
                        'perfext.suspected_indexes'::pg_catalog.regclass,
                        'perfext.suspected_trigram_indexes'::pg_catalog.regclass)
    LOOP
        EXECUTE pg_catalog.format('COMMENT ON COLUMN perfext.%I.%I IS %L', col.view, col.column,
            col.words);
    END LOOP;
END
$$;
