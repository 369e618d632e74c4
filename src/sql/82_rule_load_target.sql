/*
 * Targets that are slow to load because of what hangs on them: triggers, indexes, foreign
 * keys, the log. What a load brings is compared with what is there already: dropping
 * indexes for an append makes it slower.
 */
CREATE VIEW perfext.rule_copy_row_trigger AS
SELECT
    'copy_row_trigger'::text AS kind,
    concat_ws('/', database_name, schemaname, relname) AS subject_key,
    NULL::text AS severity,
    title AS subject,
    format('COPY brings %s rows into %s one by one (%s rows/s), because of the trigger %s, which is '
        'called before each; without it rows go in by thousands.',
        perfext.format_count(rows), title, perfext.format_count(rows_per_second),
        perfext.format_line(t.tgname, 63)) AS summary,
    jsonb_build_object('queryids', to_jsonb(queryids), 'database', database_name,
        'relation', title, 'trigger', t.tgname, 'rows', rows,
        'total_time', round(total_time::numeric, 1),
        'rows_per_second', round(rows_per_second::numeric),
        'projected_rows_per_second', round((2.5 * rows_per_second)::numeric)) AS evidence,
    concat_ws(E'\n',
        '-- what the trigger computes as a generated column or DEFAULT, or afterwards, for all rows:',
        format('--   CREATE TRIGGER ... AFTER INSERT ON %s REFERENCING NEW TABLE AS new '
            'FOR EACH STATEMENT ...;', full_name),
        '-- or COPY into a staging table without it, and then',
        format('--   INSERT INTO %s SELECT ... FROM staging;', full_name),
        '-- or, where the data need no trigger, for the load alone:',
        format('ALTER TABLE %s DISABLE TRIGGER %I;', full_name, t.tgname)) AS action,
    total_time / database_time AS impact_ratio,
    0.6::float8 AS expected_gain_ratio,
    'medium'::text AS confidence,
    first_seen,
    last_seen
FROM perfext.judged_loads AS l
-- a row trigger of INSERT that is called before or instead, and is not disabled
CROSS JOIN LATERAL (
    SELECT g.tgname FROM pg_catalog.pg_trigger AS g
    WHERE g.tgrelid = l.relid AND NOT g.tgisinternal AND g.tgenabled <> 'D'
      AND g.tgtype & 1 = 1 AND g.tgtype & 4 = 4 AND (g.tgtype & 2 = 2 OR g.tgtype & 64 = 64)
    ORDER BY g.tgname LIMIT 1
) AS t
WHERE l.operation = 'copy' AND l.has_row_trigger AND l.is_here
  AND l.rows_per_run >= 10000;

COMMENT ON VIEW perfext.rule_copy_row_trigger IS
    'Rule: COPY that inserts row by row because of a trigger';

/* How many rows a table has now; of a partitioned one, all partitions */
CREATE FUNCTION perfext.live_rows(relid oid)
RETURNS float8
LANGUAGE sql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT sum(greatest(least(s.counted, s.fit), c.reltuples, 0))::float8
    FROM (SELECT live_rows.relid UNION SELECT p.relid FROM pg_partition_tree(live_rows.relid) AS p)
        AS part
    JOIN pg_class AS c ON c.oid = part.relid AND c.relkind IN ('r', 'm')
    LEFT JOIN pg_stat_all_tables AS st ON st.relid = part.relid
    -- the server counts rows twice that a session loads and analyzes at once: not more
    -- than fit into the table's pages, as it was analyzed, beside the dead ones
    CROSS JOIN LATERAL (
        SELECT coalesce(st.n_live_tup, 0)::float8 AS counted,
               CASE WHEN c.reltuples > 0 AND c.relpages > 0 THEN
                   greatest(c.reltuples / c.relpages * pg_relation_size(c.oid)
                           / current_setting('block_size')::float8 - coalesce(st.n_dead_tup, 0),
                       0.5 * coalesce(st.n_live_tup, 0)) END AS fit
    ) AS s
$$;

COMMENT ON FUNCTION perfext.live_rows(oid) IS
    'Rows of a table with its partitions, from the server''s statistics';

CREATE VIEW perfext.rule_load_indexes AS
WITH droppable AS (
    SELECT l.*, x.indexes, x.names, x.drops, x.creates, perfext.live_rows(l.relid) AS live_rows
    FROM perfext.judged_loads AS l
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE k.can_go) AS indexes,
               count(*) FILTER (WHERE NOT k.can_go) AS keys,
               jsonb_agg(c.relname ORDER BY i.indexrelid) FILTER (WHERE k.can_go) AS names,
               string_agg(format('DROP INDEX %I.%I;', ns.nspname, c.relname), E'\n'
                   ORDER BY i.indexrelid) FILTER (WHERE k.can_go) AS drops,
               string_agg(pg_get_indexdef(i.indexrelid) || ';', E'\n' ORDER BY i.indexrelid)
                   FILTER (WHERE k.can_go) AS creates
        FROM pg_catalog.pg_index AS i
        JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
        JOIN pg_catalog.pg_namespace AS ns ON ns.oid = c.relnamespace
        -- keys stay: what is loaded has to be checked against them
        CROSS JOIN LATERAL (
            SELECT NOT i.indisunique AND NOT i.indisexclusion AND NOT i.indisreplident
                AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits AS h
                                WHERE h.inhrelid = i.indexrelid) AS can_go
        ) AS k
        WHERE i.indrelid = l.relid
    ) AS x
    WHERE l.operation IN ('copy', 'insert_select') AND l.is_here
      AND l.rows_per_run >= 10000 AND x.indexes > 0
      -- they were there while the rows came: a load that makes them afterwards has them now
      AND l.index_count >= x.keys + x.indexes
),
first_loads AS (
    SELECT d.*,
           -- an entry costs 1.5 us and more in a load, and less than half of it when the index
           -- is made from sorted rows
           least(0.8, d.indexes * 0.0008 * d.rows / d.total_time) AS share
    FROM droppable AS d
    -- rows loaded are large against rows present before
    WHERE d.rows_per_run >= 0.3 * greatest(d.live_rows - d.rows_per_run, 0)
)
SELECT
    'load_indexes'::text AS kind,
    concat_ws('/', database_name, schemaname, relname, operation) AS subject_key,
    NULL::text AS severity,
    title AS subject,
    format('Loads of %s rows go into %s row by row through %s that could be made afterwards (%s '
        'rows/s); the table has %s rows, so nearly all of it is loaded.',
        perfext.format_count(rows_per_run), title,
        CASE indexes WHEN 1 THEN 'an index' ELSE indexes || ' indexes' END,
        perfext.format_count(rows_per_second), perfext.format_count(live_rows)) AS summary,
    jsonb_build_object('queryids', to_jsonb(queryids), 'database', database_name,
        'relation', title, 'indexes', names, 'rows', rows,
        'rows_per_load', round(rows_per_run::numeric), 'live_rows', round(live_rows::numeric),
        'total_time', round(total_time::numeric, 1),
        'rows_per_second', round(rows_per_second::numeric),
        'projected_rows_per_second', round((rows_per_second / (1 - share))::numeric)) AS evidence,
    concat_ws(E'\n', '-- before the load:', drops, '-- after it:',
        'SET maintenance_work_mem = ''1GB'';', creates) AS action,
    total_time / database_time AS impact_ratio,
    share AS expected_gain_ratio,
    'medium'::text AS confidence,
    first_seen,
    last_seen
FROM first_loads;

COMMENT ON VIEW perfext.rule_load_indexes IS
    'Rule: first loads and reloads of tables whose indexes could be made afterwards';

CREATE VIEW perfext.rule_load_foreign_keys AS
WITH checked AS (
    SELECT l.*, k.drops, k.creates, k.keys, perfext.live_rows(l.relid) AS live_rows,
           -- calling the checks takes longer than they do themselves: measured, a COPY of 2.6 s
           -- with 0.8 s of them takes 0.2 s without
           least(0.95, 2.5 * l.fk_time / l.total_time) AS share
    FROM perfext.judged_loads AS l
    CROSS JOIN LATERAL (
        SELECT jsonb_agg(c.conname) AS keys,
               string_agg(format('ALTER TABLE %s DROP CONSTRAINT %I;', l.full_name, c.conname),
                   E'\n' ORDER BY c.conname) AS drops,
               string_agg(format(E'ALTER TABLE %1$s ADD CONSTRAINT %2$I %3$s NOT VALID;\n'
                   'ALTER TABLE %1$s VALIDATE CONSTRAINT %2$I;', l.full_name, c.conname,
                   pg_get_constraintdef(c.oid)), E'\n' ORDER BY c.conname) AS creates
        FROM pg_catalog.pg_constraint AS c
        WHERE c.conrelid = l.relid AND c.contype = 'f' AND c.conparentid = 0
    ) AS k
    WHERE l.operation IN ('copy', 'insert_select', 'insert') AND l.is_here
      AND l.rows_per_run >= 10000 AND k.keys IS NOT NULL
      AND l.fk_time >= 0.12 * l.total_time
      -- a check that takes longer lacks an index: rule foreign_key_index
      AND l.fk_time < 0.5 * l.rows
)
SELECT
    'load_foreign_keys'::text AS kind,
    concat_ws('/', database_name, schemaname, relname, operation) AS subject_key,
    NULL::text AS severity,
    title AS subject,
    format('About %s of the time of loading %s (%s rows, %s rows/s) is foreign-key checks, row by row; '
        'made anew after the load, a key is checked by one join.',
        perfext.format_ratio(share), title, perfext.format_count(rows),
        perfext.format_count(rows_per_second)) AS summary,
    jsonb_build_object('queryids', to_jsonb(queryids), 'database', database_name,
        'relation', title, 'foreign_keys', keys, 'rows', rows,
        'fk_time', round(fk_time::numeric, 1), 'total_time', round(total_time::numeric, 1),
        'rows_per_second', round(rows_per_second::numeric),
        'projected_rows_per_second',
            round((rows_per_second / (1 - 0.8 * share))::numeric))
        AS evidence,
    concat_ws(E'\n', '-- where nobody else writes meanwhile, before the load:', drops,
        '-- after it:', creates) AS action,
    total_time / database_time AS impact_ratio,
    0.8 * share AS expected_gain_ratio,
    CASE WHEN rows_per_run >= 0.3 * greatest(live_rows - rows_per_run, 0) THEN 'high'
         ELSE 'low' END AS confidence,
    first_seen,
    last_seen
FROM checked
-- validating a key reads the whole table: not for an append to a large one
WHERE rows_per_run >= 0.3 * greatest(live_rows - rows_per_run, 0);

COMMENT ON VIEW perfext.rule_load_foreign_keys IS
    'Rule: loads that spend their time on foreign-key checks';

CREATE VIEW perfext.rule_staging_unlogged AS
WITH filled AS (
    SELECT
        l.dbid, l.database_name, l.schemaname, l.relname, l.relid, l.title, l.full_name,
        l.database_time,
        sum(l.statements) FILTER (WHERE l.operation = 'truncate') AS truncates,
        sum(l.rows) FILTER (WHERE l.operation IN ('copy', 'insert', 'insert_select')) AS rows,
        sum(l.wal_bytes) AS wal_bytes,
        sum(l.total_time) AS total_time,
        (array_agg(to_jsonb(l.queryids) ORDER BY l.total_time DESC))[1] AS queryids,
        min(l.first_seen) AS first_seen,
        max(l.last_seen) AS last_seen
    FROM perfext.judged_loads AS l
    WHERE l.is_here
    GROUP BY l.dbid, l.database_name, l.schemaname, l.relname, l.relid, l.title, l.full_name,
             l.database_time
),
-- who reads the table: statements that write elsewhere, and others
reader AS (
    SELECT f.relid, n.queryid, max(n.calls) AS calls,
           EXISTS (SELECT FROM perfext.judged_loads AS l
                   WHERE l.dbid = f.dbid AND l.relid <> f.relid
                     AND n.queryid = ANY (l.queryids)) AS loads
    FROM filled AS f
    JOIN perfext.rule_nodes AS n
        ON n.dbid = f.dbid AND n.relid = f.relid AND n.node_type ~ 'Scan'
    WHERE f.truncates >= 2
    GROUP BY f.dbid, f.relid, n.queryid
)
SELECT
    'staging_unlogged'::text AS kind,
    concat_ws('/', database_name, schemaname, relname) AS subject_key,
    'low'::text AS severity,
    title AS subject,
    format('%s is emptied and filled again (%s times, %s rows in all), and wrote %s of WAL for data '
        'that the next run brings anew; an UNLOGGED table writes none.',
        title, perfext.format_count(truncates), perfext.format_count(rows),
        pg_size_pretty(wal_bytes)) AS summary,
    jsonb_build_object('queryids', queryids, 'database', database_name,
        'relation', title, 'truncates', truncates, 'rows', rows, 'wal_bytes', wal_bytes,
        'total_time', round(total_time::numeric, 1),
        'rows_per_second', round((1000 * rows / total_time)::numeric),
        'projected_rows_per_second', round((1250 * rows / total_time)::numeric)) AS evidence,
    concat_ws(E'\n',
        '-- after a crash it is empty, and standbys do not have it:',
        format('ALTER TABLE %s SET UNLOGGED;', full_name)) AS action,
    total_time / database_time AS impact_ratio,
    0.2::float8 AS expected_gain_ratio,
    'low'::text AS confidence,
    first_seen,
    last_seen
FROM filled AS f
WHERE truncates >= 2
  AND rows >= 10000
  AND wal_bytes >= 4194304
  AND total_time >= 0.05 * database_time
  AND EXISTS (SELECT FROM pg_catalog.pg_class AS c
              WHERE c.oid = f.relid AND c.relname = f.relname AND c.relkind = 'r'
                AND c.relpersistence = 'p')
  -- a stage on the way of the data: read by what fills other tables, and hardly by anything
  -- else; as long as nobody has read it, without a key, which a result would have
  AND CASE WHEN EXISTS (SELECT FROM reader AS r WHERE r.relid = f.relid)
      THEN EXISTS (SELECT FROM reader AS r WHERE r.relid = f.relid AND r.loads)
          AND coalesce((SELECT sum(r.calls) FROM reader AS r
                        WHERE r.relid = f.relid AND NOT r.loads), 0) <= 3 * truncates
      ELSE NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
                       WHERE i.indrelid = f.relid AND i.indisunique) END
  -- neither replicated nor referenced
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_publication_tables AS p
                  WHERE p.schemaname = f.schemaname AND p.tablename = f.relname)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS c
                  WHERE c.confrelid = f.relid AND c.contype = 'f');

COMMENT ON VIEW perfext.rule_staging_unlogged IS
    'Rule: logged tables that are emptied and filled again and again';
