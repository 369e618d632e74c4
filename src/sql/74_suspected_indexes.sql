/*
 * Indexes for statements that the planner was not asked about: scans that read many rows
 * to keep few, by conditions that an index could serve. Whether the planner would take
 * the index is not known, and the reason says why it was not asked.
 */
CREATE VIEW perfext.suspected_indexes AS
WITH proof AS MATERIALIZED (
    SELECT userid, dbid, queryid, toplevel,
           CASE WHEN indexes IS NOT NULL THEN 'proved' ELSE reason END AS reason
    FROM perfext.index_proofs
    WHERE NOT foreign_key
),
node AS MATERIALIZED (
    SELECT n.*, coalesce(p.reason, 'not proved yet') AS reason
    FROM perfext.rule_nodes AS n
    LEFT JOIN proof AS p USING (userid, dbid, queryid, toplevel)
    WHERE n.is_here
      AND n.node_type ~ '^(Parallel )?(Seq|Index|Bitmap Heap) Scan( Backward)?$'
      AND n.rows_removed >= 9 * n.rows
      AND n.rows + n.rows_removed >= 1000 * greatest(n.loops, 1)
      -- proved, or proved to be of no use
      AND (p.reason IS NULL OR p.reason NOT IN ('proved', 'no index helps'))
),
scan AS MATERIALIZED (
    SELECT n.*, c.reltuples, c.relkind,
           -- the processes of a parallel scan share one scan
           CASE WHEN n.node_type ~ '^Parallel ' THEN least(n.loops, n.samples) ELSE n.loops END
               AS scans
    FROM node AS n
    JOIN pg_catalog.pg_class AS c ON c.oid = n.relid AND c.relname = n.relname
    JOIN pg_catalog.pg_namespace AS ns ON ns.oid = c.relnamespace AND ns.nspname = n.schemaname
    WHERE c.relkind IN ('r', 'm', 'p')
      AND c.relpersistence <> 't'
      AND (c.relkind = 'p' OR pg_catalog.pg_relation_size(c.oid) >= 50 * 8192)
),
usable AS (
    SELECT
        s.userid, s.dbid, s.queryid, s.toplevel, s.planid, s.node_id,
        a.attname, a.attnum,
        CASE
            WHEN bool_or(p.kind IN ('eq', 'in')) THEN 'equal'
            WHEN bool_or(p.kind = 'range') THEN 'range'
            WHEN bool_or(p.kind = 'like') THEN 'like'
            ELSE 'state'
        END AS kind,
        max(CASE WHEN st.n_distinct < 0 THEN -st.n_distinct * greatest(s.reltuples, 0)
            ELSE st.n_distinct END) AS n_distinct,
        max(s.reltuples) AS reltuples
    FROM scan AS s
    CROSS JOIN LATERAL jsonb_to_recordset(s.predicates) AS p(source text, "column" text,
        kind text, indexable boolean)
    JOIN pg_catalog.pg_attribute AS a
        ON a.attrelid = s.relid AND a.attname = p."column" AND NOT a.attisdropped
    LEFT JOIN pg_catalog.pg_stats AS st
        ON st.schemaname = s.schemaname AND st.tablename = s.relname AND st.attname = a.attname
    WHERE p.indexable AND p.source IN ('filter', 'index cond')
    GROUP BY s.userid, s.dbid, s.queryid, s.toplevel, s.planid, s.node_id, a.attname, a.attnum
),
-- at most three columns compared for equality, the most selective first, then one range;
-- one alone where it leaves at most a hundred rows; IS NULL and booleans only where there is
-- nothing better
ranked AS MATERIALIZED (
    SELECT
        u.*,
        row_number() OVER (PARTITION BY userid, dbid, queryid, toplevel, planid, node_id,
            kind = 'equal' ORDER BY array_position(ARRAY['equal', 'range', 'like', 'state'], kind),
            n_distinct DESC NULLS LAST, attnum) AS place,
        bool_or(kind <> 'state') OVER (PARTITION BY userid, dbid, queryid, toplevel, planid,
            node_id) AS has_better,
        coalesce(bool_or(kind = 'equal' AND n_distinct >= reltuples / 100) OVER (
            PARTITION BY userid, dbid, queryid, toplevel, planid, node_id), false) AS has_selective
    FROM usable AS u
),
keyed AS (
    SELECT
        userid, dbid, queryid, toplevel, planid, node_id,
        array_agg(attnum ORDER BY kind <> 'equal', place) AS attnums,
        array_agg(quote_ident(attname) ORDER BY kind <> 'equal', place) AS columns,
        bool_or(kind = 'like') AS has_pattern,
        string_agg(quote_ident(attname) || CASE WHEN kind = 'like' THEN ' text_pattern_ops'
            ELSE '' END, ', ' ORDER BY kind <> 'equal', place) AS column_list
    FROM ranked
    WHERE place <= CASE
            WHEN has_selective THEN CASE WHEN kind = 'equal' THEN 1 ELSE 0 END
            WHEN kind = 'equal' THEN 3
            WHEN kind = 'state' AND has_better THEN 0
            ELSE 1
        END
    GROUP BY userid, dbid, queryid, toplevel, planid, node_id
),
candidate AS MATERIALIZED (
    SELECT s.*, k.attnums, k.columns, k.column_list
    FROM scan AS s
    JOIN keyed AS k USING (userid, dbid, queryid, toplevel, planid, node_id)
    WHERE NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_index AS i
        JOIN pg_catalog.pg_class AS ic ON ic.oid = i.indexrelid
        JOIN pg_catalog.pg_am AS am ON am.oid = ic.relam AND am.amname IN ('btree', 'hash')
        WHERE i.indrelid = s.relid
          AND i.indisvalid
          AND i.indpred IS NULL
          AND (SELECT array_agg(x) FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u(x, o)
               WHERE o <= cardinality(k.attnums)) @> k.attnums
          AND (NOT k.has_pattern
               OR pg_catalog.pg_get_indexdef(i.indexrelid) ~ '_pattern_ops|COLLATE "C"')
    )
),
-- one index serves those whose columns another one begins with
merged AS (
    SELECT c.*, longest.columns AS index_columns, longest.column_list AS index_column_list
    FROM candidate AS c
    CROSS JOIN LATERAL (
        SELECT l.columns, l.column_list
        FROM candidate AS l
        WHERE l.relid = c.relid AND l.columns[1:cardinality(c.columns)] = c.columns
        ORDER BY cardinality(l.columns) DESC, l.columns
        LIMIT 1
    ) AS longest
),
per_statement AS (
    SELECT dbid, database_name, database_time, relid, relkind, schemaname, relname,
           index_columns, index_column_list, userid, queryid, toplevel, calls, spent_time,
           role_name, sum(node_time) AS scan_time,
           sum(rows) AS rows,
           sum(rows_removed) AS rows_removed,
           sum(scans) AS scans,
           bool_or(complete_loops < loops OR partial_samples > 0) AS stopped_early,
           sum(samples) AS samples,
           min(plan_first_seen) AS first_seen,
           max(plan_last_seen) AS last_seen,
           string_agg(DISTINCT node_type, ', ') AS node_types,
           min(filter) AS filter,
           min(reason) AS reason
    FROM merged
    GROUP BY dbid, database_name, database_time, relid, relkind, schemaname, relname,
             index_columns, index_column_list, userid, queryid, toplevel, calls, spent_time,
             role_name
),
per_index AS (
    SELECT
        dbid, database_name, database_time, relid, relkind, schemaname, relname,
        index_columns, index_column_list,
        sum(scan_time) AS scan_time,
        sum(calls)::bigint AS calls,
        sum(spent_time) AS spent_time,
        sum(rows) / sum(rows + rows_removed)::float8 AS kept_ratio,
        sum(rows) / greatest(sum(scans), 1)::float8 AS loop_rows,
        sum(rows + rows_removed) / greatest(sum(scans), 1)::float8 AS loop_rows_read,
        sum(scan_time) FILTER (WHERE stopped_early) > 0.5 * sum(scan_time) AS stopped_early,
        sum(samples) AS samples,
        array_agg(DISTINCT queryid) AS queryids,
        (array_agg(reason ORDER BY scan_time DESC))[1] AS reason,
        jsonb_agg(jsonb_build_object('queryid', queryid, 'role', role_name, 'calls', calls,
            'node', node_types, 'filter', filter, 'scan_time', round(scan_time::numeric, 1),
            'samples', samples) ORDER BY scan_time DESC) AS statements,
        min(first_seen) AS first_seen,
        max(last_seen) AS last_seen
    FROM per_statement
    GROUP BY dbid, database_name, database_time, relid, relkind, schemaname, relname,
             index_columns, index_column_list
)
SELECT
    database_name, database_time, relid, relkind::text AS relkind, schemaname, relname,
    'btree'::text AS method,
    index_columns AS key_columns, '{}'::text[] AS include_columns, NULL::text AS predicate,
    index_column_list AS column_list, queryids, calls, spent_time AS exec_time,
    scan_time AS node_time,
    -- rows fetched by an index cost up to four times as much as in passing
    scan_time * least(0.95, greatest(0, 1 - 4 * kept_ratio)) AS saved_time,
    loop_rows_read, loop_rows, kept_ratio, stopped_early, samples, reason, statements,
    first_seen, last_seen
FROM per_index;

COMMENT ON VIEW perfext.suspected_indexes IS
    'One row per index that executions suggest, of statements that the planner was not asked about: scans that throw at least nine of ten rows away';

/*
 * Patterns with a wildcard at their beginning, where the extension that could serve them is at
 * hand but not installed: without it the planner cannot be asked, so the executions must tell.
 */
CREATE VIEW perfext.suspected_trigram_indexes AS
WITH extension AS MATERIALIZED (
    SELECT FROM pg_catalog.pg_available_extensions
    WHERE name = 'pg_trgm' AND installed_version IS NULL
),
node AS MATERIALIZED (
    SELECT n.*
    FROM perfext.rule_nodes AS n
    WHERE n.is_here
      AND n.node_type ~ '^(Parallel )?(Seq|Index|Bitmap Heap) Scan( Backward)?$'
      AND n.rows_removed >= 9 * n.rows
      AND n.rows + n.rows_removed >= 1000 * greatest(n.loops, 1)
      AND n.predicates::text ~ 'gin_trgm_ops'
      -- what a btree could find has been thought of
      AND NOT n.predicates @> '[{"source": "filter", "indexable": true}]'
),
scan AS MATERIALIZED (
    SELECT n.*, c.relkind,
           -- the processes of a parallel scan share one scan
           CASE WHEN n.node_type ~ '^Parallel ' THEN least(n.loops, n.samples) ELSE n.loops END
               AS scans
    FROM node AS n
    JOIN pg_catalog.pg_class AS c ON c.oid = n.relid AND c.relname = n.relname
    JOIN pg_catalog.pg_namespace AS ns ON ns.oid = c.relnamespace AND ns.nspname = n.schemaname
    WHERE c.relkind IN ('r', 'm', 'p')
      AND c.relpersistence <> 't'
      AND (c.relkind = 'p' OR pg_catalog.pg_relation_size(c.oid) >= 50 * 8192)
),
pattern AS (
    SELECT DISTINCT s.*, p."column"
    FROM scan AS s
    CROSS JOIN LATERAL jsonb_to_recordset(s.predicates) AS p(source text, "column" text,
        kind text, index_expression text)
    WHERE p.source = 'filter'
      AND p.kind IN ('like', 'ilike')
      AND p.index_expression ~ '^gin [(].* gin_trgm_ops[)]$'
      AND EXISTS (SELECT FROM extension)
),
per_statement AS (
    SELECT database_name, database_time, relid, relkind, schemaname, relname, "column", userid,
           queryid, toplevel, calls, spent_time, role_name,
           sum(node_time) AS scan_time,
           sum(rows) AS rows,
           sum(rows_removed) AS rows_removed,
           sum(scans) AS scans,
           sum(samples) AS samples,
           bool_or(complete_loops < loops OR partial_samples > 0) AS stopped_early,
           min(filter) AS filter,
           string_agg(DISTINCT node_type, ', ') AS node_types,
           min(plan_first_seen) AS first_seen,
           max(plan_last_seen) AS last_seen
    FROM pattern
    GROUP BY database_name, database_time, relid, relkind, schemaname, relname, "column", userid,
             queryid, toplevel, calls, spent_time, role_name
),
per_index AS (
    SELECT
        database_name, database_time, relid, relkind, schemaname, relname, "column",
        array_agg(DISTINCT queryid) AS queryids,
        sum(calls)::bigint AS calls,
        sum(spent_time) AS spent_time,
        sum(scan_time) AS scan_time,
        sum(rows) / sum(rows + rows_removed)::float8 AS kept_ratio,
        sum(rows) / greatest(sum(scans), 1)::float8 AS loop_rows,
        sum(rows + rows_removed) / greatest(sum(scans), 1)::float8 AS loop_rows_read,
        bool_or(stopped_early) AS stopped_early,
        sum(samples) AS samples,
        jsonb_agg(jsonb_build_object('queryid', queryid, 'role', role_name, 'calls', calls,
            'node', node_types, 'filter', filter, 'scan_time', round(scan_time::numeric, 1),
            'samples', samples) ORDER BY scan_time DESC) AS statements,
        min(first_seen) AS first_seen,
        max(last_seen) AS last_seen
    FROM per_statement
    GROUP BY database_name, database_time, relid, relkind, schemaname, relname, "column"
)
SELECT
    database_name, database_time, relid, relkind::text AS relkind, schemaname, relname,
    'gin'::text AS method,
    ARRAY[quote_ident("column")] AS key_columns, '{}'::text[] AS include_columns,
    NULL::text AS predicate,
    quote_ident("column") || ' gin_trgm_ops' AS column_list,
    'pg_trgm'::text AS needs_extension,
    queryids, calls, spent_time AS exec_time, scan_time AS node_time,
    -- rows fetched by an index cost up to four times as much as in passing
    scan_time * least(0.95, greatest(0, 1 - 4 * kept_ratio)) AS saved_time,
    loop_rows_read, loop_rows, kept_ratio, stopped_early, samples,
    'the extension pg_trgm is not installed'::text AS reason,
    statements, first_seen, last_seen
FROM per_index;

COMMENT ON VIEW perfext.suspected_trigram_indexes IS
    'One row per index for patterns with a wildcard at their beginning that executions suggest, while the extension pg_trgm is available but not installed';
