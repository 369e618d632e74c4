/*
 * What each index is worth to each statement, in measured time. Two opinions are heard,
 * and the smaller one counts.
 *
 * The planner's: the part of the cost that goes, of the time that the statement took.
 *
 * The clock's: the time that the plan's nodes took which the index takes away, less what
 * the new scan will take. Those are the scans of the table and what stands above them
 * up to the next join, sorts anywhere above, and the join with its hash table and sorts
 * where another kind of join takes its place. It is what tells apart the nested loops
 * that are worth it from those that only look cheap: cost charges a probe of a cached
 * index far less than the time it takes beside a hash join's.
 *
 * Foreign-key checks have no nodes that were measured: all their time goes but for the new
 * scan's. How long each of several that a statement fires takes is not known: their time is
 * shared out by their cost.
 *
 * An index that is read as a whole replaces no more than a sort or wide rows, with which memory
 * helps as well: the more of the table is still read, the more of the time has to go.
 */
CREATE FUNCTION perfext.index_scan_time(
    loops float8,
    rows_per_loop float8,
    index_only boolean,
    is_bitmap boolean,
    correlation float8,
    table_bytes float8,
    missed float8)
RETURNS float8
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- measured over cached tables of 10 MB to 1 GB: a probe at random 2.1 us; a row from the
    -- index 0.1 us; a row of the table at random 0.4 us while the processor's caches help, up
    -- to 16 MB, and 1.6 us from 128 MB on; a page read for a bitmap a third
    -- longer, and 0.2 us for each row in it; 10 us more for a page that the operating system has
    -- and shared_buffers has not
    visit constant float8 := 0.0004 + 0.0012
        * least(1, greatest(0, ln(greatest(table_bytes, 1) / 16777216) / ln(8)))
        + 0.01 * coalesce(missed, 0);
    scattered constant float8 := 1 - abs(coalesce(correlation, 0));
    pages constant float8 := greatest(table_bytes / 8192, 1);
    rows constant float8 := least(greatest(rows_per_loop, 0), 1e15);
BEGIN
    RETURN loops * (0.002 + rows * 0.0001 + CASE
        WHEN index_only THEN 0
        WHEN is_bitmap THEN rows * 0.0002 + 1.3 * visit * scattered * pages
            * (1 - exp(-least(rows / pages, 500)))
        ELSE rows * visit * scattered
    END);
END
$$;

COMMENT ON FUNCTION perfext.index_scan_time(
    float8, float8, boolean, boolean, float8, float8, float8) IS
    'Time that the scan of a cached index takes, ms: loops probes, each reading so many rows, from the index alone or, row by row or with a bitmap, from a table of so many bytes whose order has this correlation with the index''s, and of whose pages shared_buffers misses this part';

/*
 * A function, because the planner cannot know how many rows there are of what is recorded:
 * it takes them for few and would compare each with each. And compiling the query would take
 * longer than running it.
 */
CREATE FUNCTION perfext.index_benefits(
    of_applied boolean,
    OUT userid oid,
    OUT dbid oid,
    OUT queryid bigint,
    OUT toplevel boolean,
    OUT foreign_key boolean,
    OUT database_name text,
    OUT role_name text,
    OUT title text,
    OUT relid oid,
    OUT schemaname text,
    OUT relname text,
    OUT relkind "char",
    OUT method text,
    OUT key_columns text[],
    OUT include_columns text[],
    OUT predicate text,
    OUT column_list text,
    OUT needs_extension text,
    OUT size_bytes float8,
    OUT indexrelid oid,
    OUT applied boolean,
    OUT proved_at timestamptz,
    OUT calls bigint,
    OUT exec_time float8,
    OUT calls_after bigint,
    OUT exec_time_after float8,
    OUT cost_before float8,
    OUT cost_after float8,
    OUT node_time float8,
    OUT new_time float8,
    OUT saved_time float8,
    OUT gets_slower boolean,
    OUT join_before text,
    OUT join_after text,
    OUT all_equal boolean,
    OUT database_time float8,
    OUT first_seen timestamptz,
    OUT last_seen timestamptz,
    OUT last_call timestamptz,
    OUT slot bigint,
    OUT kind text,
    OUT form_cost float8,
    OUT time_change float8,
    OUT table_rows float8,
    OUT rows_read float8
)
RETURNS SETOF record
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET jit = off
AS $$
WITH RECURSIVE statement AS MATERIALIZED (
    SELECT p.*, s.database_time, s.database_name, s.role_name, s.title, s.stats_since, s.last_call,
           CASE WHEN p.foreign_key THEN coalesce(s.fk_checks, 0) ELSE s.calls END AS calls,
           CASE WHEN p.foreign_key THEN coalesce(s.fk_time, 0) ELSE s.total_exec_time END
               AS total_exec_time,
           k.counts_anew,
           CASE WHEN NOT p.foreign_key THEN 1
               WHEN k.counts_anew THEN p.cost_before / nullif(sum(p.cost_before) OVER same, 0)
               ELSE p.cost_before
                   / nullif(sum(coalesce(p.cost_before, p.applied_cost_before)) OVER same, 0)
           END AS share,
           CASE WHEN p.foreign_key
               THEN p.applied_cost_before / nullif(sum(p.applied_cost_before) OVER same, 0)
               ELSE 1 END AS applied_share,
           -- as much longer as the statement took than its processor time: the server may be
           -- busy, and what is read not be cached
           least(10, greatest(1, s.total_exec_time / nullif(s.cpu_time, 0))) AS slowness
    FROM perfext.index_proofs AS p
    JOIN perfext.rule_statements AS s USING (userid, dbid, queryid, toplevel)
    -- a check that was proved before the index of another one was created is so still
    CROSS JOIN LATERAL (
        SELECT NOT p.foreign_key OR coalesce(p.proved_at >= p.applied_at, true)
    ) AS k(counts_anew)
    WHERE s.is_here
      AND (p.applied_at IS NOT NULL OR NOT of_applied)
    WINDOW same AS (PARTITION BY p.userid, p.dbid, p.queryid, p.toplevel, p.foreign_key)
    ORDER BY s.total_exec_time DESC
    -- what hundreds of others take together is below what is worth an index
    LIMIT CASE WHEN of_applied THEN NULL ELSE 500 END
),
proof AS (
    SELECT
        row_number() OVER () AS n_proof,
        userid, dbid, queryid, toplevel, foreign_key, share, database_time, database_name,
        role_name, title, stats_since, last_call, slowness, cost_before, cost_after, indexes,
        risks,
        false AS applied, proved_at,
        coalesce(applied_at, '-infinity') AS counted_from, 'infinity'::timestamptz AS counted_to,
        greatest(calls - CASE WHEN counts_anew THEN coalesce(applied_calls, 0) ELSE 0 END, 0)
            AS calls,
        greatest(total_exec_time
            - CASE WHEN counts_anew THEN coalesce(applied_exec_time, 0) ELSE 0 END, 0) AS exec_time,
        NULL::bigint AS calls_after,
        NULL::float8 AS exec_time_after
    FROM statement
    WHERE coalesce(reason, 'no index helps') = 'no index helps' AND NOT of_applied
    UNION ALL
    SELECT
        -row_number() OVER (),
        userid, dbid, queryid, toplevel, foreign_key, applied_share, database_time, database_name,
        role_name, title, stats_since, last_call, slowness, applied_cost_before,
        applied_cost_after, applied_indexes, NULL, true,
        proved_at,
        '-infinity', applied_at,
        applied_calls,
        applied_exec_time,
        greatest(calls - applied_calls, 0),
        greatest(total_exec_time - applied_exec_time, 0)
    FROM statement
    WHERE applied_at IS NOT NULL AND of_applied
),
-- each index that was proposed, other forms that it could have, and those that others may create
form AS MATERIALIZED (
    SELECT
        row_number() OVER () AS n,
        dense_rank() OVER (ORDER BY p.userid, p.queryid, p.toplevel, p.foreign_key, p.n_proof,
            i.place) AS slot,
        p.*, i.kind, x.*, c.relkind, c.reltuples
    FROM proof AS p
    CROSS JOIN LATERAL (
        SELECT 'index' AS kind, e.place, e.index
        FROM jsonb_array_elements(p.indexes) WITH ORDINALITY AS e(index, place)
        UNION ALL
        SELECT 'form', e.place, e.index || f.form
        FROM jsonb_array_elements(p.indexes) WITH ORDINALITY AS e(index, place),
             LATERAL jsonb_array_elements(e.index->'forms') AS f(form)
        UNION ALL
        SELECT 'risk', -e.place, e.index || jsonb_build_object('cost_without', p.cost_before)
        FROM jsonb_array_elements(p.risks) WITH ORDINALITY AS e(index, place)
    ) AS i
    CROSS JOIN LATERAL jsonb_to_record(i.index) AS x(relid oid, schemaname text,
        relname text, method text, key_columns text[], include_columns text[], predicate text,
        column_list text, needs_extension text, size_bytes float8, table_size_bytes float8,
        cost_without float8, cost float8, loops float8, rows_per_loop float8,
        fetched_per_loop float8, full_cost float8, index_only boolean, correlation float8,
        scan text, replaces text, join_before text, join_after text)
    JOIN pg_catalog.pg_class AS c ON c.oid = x.relid AND c.relname = x.relname
    JOIN pg_catalog.pg_namespace AS ns ON ns.oid = c.relnamespace AND ns.nspname = x.schemaname
    WHERE c.relkind IN ('r', 'm', 'p')
      AND c.relpersistence <> 't'
      AND (c.relkind = 'p' OR pg_catalog.pg_relation_size(c.oid) >= 50 * 8192)
      AND ns.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'perfext')
),
existing AS MATERIALIZED (
    SELECT i.indrelid, i.indexrelid,
           substring(pg_catalog.pg_get_indexdef(i.indexrelid) FROM ' USING (.*)$') AS definition,
           btrim(pg_catalog.pg_get_expr(i.indpred, i.indrelid), '()') AS predicate
    FROM pg_catalog.pg_index AS i
    WHERE i.indisvalid AND i.indrelid IN (SELECT f.relid FROM form AS f)
),
-- the valid index that does the same
made AS (
    SELECT f.n, max(e.indexrelid) AS indexrelid
    FROM form AS f
    JOIN existing AS e ON e.indrelid = f.relid
    WHERE pg_catalog.starts_with(e.definition, f.method || ' (' || f.column_list)
      AND substr(e.definition, length(f.method || ' (' || f.column_list) + 1, 1) IN (',', ')')
      AND (e.predicate IS NULL OR e.predicate = btrim(f.predicate, '()'))
      AND (f.kind <> 'form' OR coalesce(f.include_columns, '{}') = '{}'
           OR e.definition ~ ' INCLUDE ')
    GROUP BY f.n
),
proposal AS MATERIALIZED (
    SELECT
        f.n, f.slot, f.kind, f.userid, f.dbid, f.queryid, f.toplevel, f.foreign_key,
        f.share AS part, f.database_time,
        f.database_name, f.role_name, f.title, f.stats_since, f.last_call, f.slowness,
        f.cost_before, f.cost_after, f.applied, f.proved_at, f.counted_from, f.counted_to,
        f.calls, f.exec_time,
        f.calls_after, f.exec_time_after, f.relid, f.schemaname, f.relname, f.relkind, f.method,
        f.key_columns, coalesce(f.include_columns, '{}') AS include_columns, f.predicate,
        f.column_list, f.needs_extension, f.size_bytes, f.cost_without, f.loops,
        coalesce(f.fetched_per_loop, f.rows_per_loop) AS fetched, f.index_only, f.correlation,
        coalesce(f.full_cost, 0) AS full_cost,
        coalesce(f.table_size_bytes, 0) AS table_size_bytes,
        greatest(f.reltuples, 0)::float8 AS table_rows,
        CASE f.kind WHEN 'index' THEN f.cost_after ELSE f.cost END AS form_cost,
        f.scan, f.join_before, f.join_after,
        regexp_replace(f.replaces, '^Parallel | Backward$', '', 'g') AS replaces,
        f.join_before IS DISTINCT FROM f.join_after AS flips,
        m.indexrelid
    FROM form AS f
    LEFT JOIN made AS m USING (n)
),
-- the nodes that were measured, of plans from the time in question
node AS MATERIALIZED (
    SELECT n.*
    FROM perfext.rule_nodes AS n
    WHERE n.is_here
      AND (n.userid, n.queryid, n.toplevel) IN (
          SELECT p.userid, p.queryid, p.toplevel FROM proposal AS p)
),
scan AS MATERIALIZED (
    SELECT *
    FROM (
        SELECT
            p.n, p.flips, n.planid, n.node_id, n.parent_node_id, n.node_time, n.plan_calls,
            n.rows::float8 / nullif(n.rows + n.rows_removed, 0) AS kept,
            n.plan_first_seen, n.plan_last_seen, n.predicates,
            k.is_replaced,
            bool_or(k.is_replaced) OVER (PARTITION BY p.n) AS has_replaced
        FROM proposal AS p
        JOIN node AS n
            ON (n.userid, n.queryid, n.toplevel, n.relid)
             = (p.userid, p.queryid, p.toplevel, p.relid)
        CROSS JOIN LATERAL (SELECT regexp_replace(n.node_type, '^Parallel | Backward$', '', 'g')
            IS NOT DISTINCT FROM p.replaces) AS k(is_replaced)
        WHERE NOT p.foreign_key
          AND n.node_type ~ 'Scan( Backward)?$'
          AND n.node_type <> 'Bitmap Index Scan'
          AND n.plan_first_seen < p.counted_to
          AND n.plan_last_seen >= p.counted_from
    ) AS s
    WHERE is_replaced OR NOT has_replaced
),
-- what stands above the scans: step by step to the plan's root
above AS (
    SELECT n, flips, kept, planid, node_id, parent_node_id, NULL::integer AS below_node_id,
           true AS is_near, false AS is_flipped, true AS goes
    FROM scan
    UNION ALL
    SELECT
        a.n, a.flips, a.kept, a.planid, p.node_id, p.parent_node_id, a.node_id,
        k.is_near,
        k.is_flipped,
        k.is_near OR k.is_flipped OR p.node_type ~ 'Sort$'
    FROM above AS a
    JOIN proposal AS pr USING (n)
    JOIN node AS p
        ON (p.userid, p.queryid, p.toplevel, p.planid, p.node_id)
         = (pr.userid, pr.queryid, pr.toplevel, a.planid, a.parent_node_id)
    CROSS JOIN LATERAL (
        SELECT a.is_near AND p.node_type !~ '(Join|Loop|Scan|Update|Delete|Insert|Merge)$',
               a.is_near AND a.flips AND p.node_type ~ '(Join|Loop)$'
    ) AS k(is_near, is_flipped)
),
-- the joins that change: the sides that they hash, sort or keep go, too; and the planner's
-- error about the rows that come from the other side; and, where the join compares what the
-- index begins with, how many rows of the table it finds before their own filter
sides AS (
    SELECT a.n, a.planid, s.node_id, s.node_type ~ '(Hash|Sort|Materialize|Memoize)$' AS goes,
           s.node_id <> a.below_node_id AS is_other,
           s.rows / greatest(s.loops, 1) / greatest(s.est_rows, 1) AS error,
           j.rows / greatest(j.loops, 1) / greatest(j.est_rows, 1) AS join_error,
           CASE WHEN EXISTS (
               SELECT
               FROM jsonb_to_recordset(j.predicates) AS p(relid oid, "column" text, kind text)
               WHERE p.kind = 'eq' AND p.relid = pr.relid
                 AND quote_ident(p."column") = pr.key_columns[1])
               THEN j.rows / greatest(j.samples, 1) / nullif(a.kept, 0)
           END AS found
    FROM above AS a
    JOIN proposal AS pr USING (n)
    JOIN node AS s
        ON (s.userid, s.queryid, s.toplevel, s.planid, s.parent_node_id)
         = (pr.userid, pr.queryid, pr.toplevel, a.planid, a.node_id)
    JOIN node AS j
        ON (j.userid, j.queryid, j.toplevel, j.planid, j.node_id)
         = (pr.userid, pr.queryid, pr.toplevel, a.planid, a.node_id)
    WHERE a.is_flipped
),
gone AS (
    SELECT g.n, sum(m.node_time) AS node_time
    FROM (
        SELECT n, planid, node_id FROM above WHERE goes
        UNION
        SELECT n, planid, node_id FROM sides WHERE goes
    ) AS g
    JOIN proposal AS pr USING (n)
    JOIN node AS m
        ON (m.userid, m.queryid, m.toplevel, m.planid, m.node_id)
         = (pr.userid, pr.queryid, pr.toplevel, g.planid, g.node_id)
    GROUP BY g.n
),
error AS (
    SELECT n,
           greatest(1, max(error) FILTER (WHERE is_other)) AS loops_error,
           greatest(1, max(join_error)) AS rows_error,
           max(found) AS found
    FROM sides
    GROUP BY n
),
-- where the planner took much for little above a join that changes: what it would do there
-- with rows that come in another order is beyond what it can tell
misjudged AS (
    SELECT a.n
    FROM above AS a
    JOIN proposal AS pr USING (n)
    JOIN node AS j
        ON (j.userid, j.queryid, j.toplevel, j.planid, j.node_id)
         = (pr.userid, pr.queryid, pr.toplevel, a.planid, a.node_id)
    WHERE a.flips
      AND j.node_type ~ '(Join|Loop)$'
      AND j.rows::float8 / greatest(j.loops, 1)
          >= greatest(10000, 10 * j.est_rows)
    GROUP BY a.n
),
-- what shared_buffers misses of the tables when they are read as a whole; no more than it
-- has no room for, since a server that was just started misses all
missed AS (
    SELECT n.relid,
           least(b.lacking, sum(n.shared_blks_read)::float8
               / nullif(sum(n.shared_blks_read + n.shared_blks_hit), 0)) AS part
    FROM node AS n
    CROSS JOIN (
        SELECT greatest(0, 1 - pg_catalog.pg_size_bytes(
                   pg_catalog.current_setting('shared_buffers'))
                   / nullif(sum(c.relpages::float8) * 8192, 0)) AS lacking
        FROM pg_catalog.pg_class AS c
        WHERE c.relkind IN ('r', 'm', 't', 'i') AND c.oid >= 16384
    ) AS b
    WHERE n.node_type ~ '^(Parallel )?Seq Scan$'
    GROUP BY n.relid, b.lacking
),
-- is every key compared for equality with values, so that their order does not matter?
equal AS (
    SELECT s.n, array_agg(DISTINCT quote_ident(p."column")) AS columns,
           min(s.plan_first_seen) AS first_seen, max(s.plan_last_seen) AS last_seen
    FROM scan AS s
    LEFT JOIN LATERAL jsonb_to_recordset(s.predicates) AS p(source text, "column" text, kind text)
        ON p.kind IN ('eq', 'in') AND p.source IN ('filter', 'index cond')
    GROUP BY s.n
),
timed AS (
    SELECT
        p.*,
        p.foreign_key OR coalesce(q.columns @> p.key_columns, false) AS all_equal,
        coalesce(q.first_seen, p.stats_since) AS first_seen,
        coalesce(q.last_seen, p.last_call) AS last_seen,
        -- where the new plan costs less than its scan to the end, it stops early, and what is
        -- above the scan as well
        CASE WHEN p.foreign_key THEN p.exec_time * p.part
            WHEN p.full_cost > 1.01 * p.form_cost THEN p.exec_time
            WHEN g.node_time IS NOT NULL THEN least(g.node_time, p.exec_time) END AS node_time,
        p.calls * p.slowness * coalesce(least(1, p.form_cost / nullif(p.full_cost, 0)), 1)
            * (r.first * perfext.index_scan_time(r.loops, r.fetched, p.index_only,
                p.scan ~ '^Bitmap', p.correlation, p.table_size_bytes, ms.part)
                + (1 - r.first) * perfext.index_scan_time(r.loops, r.fetched, p.index_only,
                p.scan ~ '^Bitmap', p.correlation, 0, 0)) AS new_time,
        p.exec_time * p.part * (p.cost_without - p.form_cost) / nullif(p.cost_before, 0)
            AS cost_time,
        r.loops * r.fetched * coalesce(least(1, p.form_cost / nullif(p.full_cost, 0)), 1)
            AS rows_read,
        mj.n IS NOT NULL AS is_misjudged
    FROM proposal AS p
    LEFT JOIN gone AS g USING (n)
    LEFT JOIN error AS e USING (n)
    LEFT JOIN equal AS q USING (n)
    LEFT JOIN misjudged AS mj USING (n)
    LEFT JOIN missed AS ms ON ms.relid = p.relid
    CROSS JOIN LATERAL (
        SELECT greatest(p.loops, 1) * coalesce(e.loops_error, 1),
               p.fetched * coalesce(greatest(e.rows_error / e.loops_error, 1), 1)
    ) AS x(loops, fetched)
    -- rows that are found again and again, by a key that the other side has several times, are in
    -- the processor's caches; as few as a fifth may be new
    CROSS JOIN LATERAL (
        SELECT x.loops, x.fetched,
               coalesce(greatest(0.2, least(1, e.found / nullif(x.loops * x.fetched, 0))), 1)
    ) AS r(loops, fetched, first)
),
saving AS (
    SELECT
        t.*,
        least(g.gone_time - t.new_time, t.cost_time,
            CASE WHEN t.is_misjudged
                   OR least(g.gone_time - t.new_time, t.cost_time) < 0.75 * g.gone_time
                      * least(1, coalesce(t.rows_read / nullif(t.table_rows, 0), 0))
                THEN 0 END) AS least_saving,
        g.gone_time - t.new_time AS time_saving
    FROM timed AS t
    -- without measured nodes there is only the planner's opinion of what goes; of a join, it
    -- counts more of it as the scan's than clocks do
    CROSS JOIN LATERAL (
        SELECT coalesce(t.node_time,
            greatest(0, t.cost_time) * CASE WHEN t.flips THEN 0.67 ELSE 1 END,
            t.exec_time) AS gone_time
    ) AS g
),
-- several indexes of a statement together save no more than the statement loses of its cost
together AS (
    SELECT
        s.*,
        coalesce(least(1, exec_time * (1 - cost_after / nullif(cost_before, 0))
            / nullif(sum(greatest(0, least_saving)) FILTER (WHERE kind = 'index') OVER (
                PARTITION BY userid, dbid, queryid, toplevel, foreign_key), 0)), 1) AS share
    FROM saving AS s
)
SELECT
    userid, dbid, queryid, toplevel, foreign_key, database_name, role_name, title, relid,
    schemaname, relname, relkind, method, key_columns, include_columns, predicate, column_list,
    needs_extension, size_bytes, indexrelid, applied, proved_at, calls, exec_time, calls_after,
    exec_time_after,
    cost_before,
    cost_after,
    node_time,
    new_time,
    greatest(0, least_saving) * share AS saved_time,
    time_saving < -0.1 * exec_time AND time_saving < -50 AS gets_slower,
    join_before,
    join_after,
    all_equal,
    database_time,
    first_seen,
    last_seen,
    last_call,
    slot,
    kind,
    form_cost,
    CASE WHEN least_saving > 0 THEN least_saving * share ELSE least_saving END AS time_change,
    table_rows,
    rows_read
FROM together
$$;

COMMENT ON FUNCTION perfext.index_benefits(boolean) IS
    'What view perfext.index_benefits shows: of what is proposed now, or was proposed when an index was created';

CREATE VIEW perfext.index_benefits AS
SELECT * FROM perfext.index_benefits(false)
UNION ALL
SELECT * FROM perfext.index_benefits(true);

COMMENT ON VIEW perfext.index_benefits IS
    'One row per statement and form of an index that the planner would use for it, or for a foreign-key check that it fires (current database): what the index is worth in measured time; times in ms';

COMMENT ON COLUMN perfext.index_benefits.userid IS
    'User who ran the statement';
COMMENT ON COLUMN perfext.index_benefits.dbid IS
    'Database it ran in: the current one';
COMMENT ON COLUMN perfext.index_benefits.queryid IS
    'Identifier of the statement: joins with perfext.statements';
COMMENT ON COLUMN perfext.index_benefits.toplevel IS
    'Sent by a client, or nested';
COMMENT ON COLUMN perfext.index_benefits.foreign_key IS
    'True: for a foreign-key check; calls and times are those of all checks that the statement fires';
COMMENT ON COLUMN perfext.index_benefits.database_name IS
    'Name of the database';
COMMENT ON COLUMN perfext.index_benefits.role_name IS
    'Name of the user';
COMMENT ON COLUMN perfext.index_benefits.title IS
    'The beginning of the text on one line, or the identifier';
COMMENT ON COLUMN perfext.index_benefits.relid IS
    'Table of the index; of a partition, its topmost parent';
COMMENT ON COLUMN perfext.index_benefits.schemaname IS
    'Its schema';
COMMENT ON COLUMN perfext.index_benefits.relname IS
    'Its name';
COMMENT ON COLUMN perfext.index_benefits.relkind IS
    'r: table, m: materialized view, p: partitioned table';
COMMENT ON COLUMN perfext.index_benefits.method IS
    'Access method';
COMMENT ON COLUMN perfext.index_benefits.key_columns IS
    'Columns or expressions of the key, with direction';
COMMENT ON COLUMN perfext.index_benefits.include_columns IS
    'Columns that are only included';
COMMENT ON COLUMN perfext.index_benefits.predicate IS
    'Predicate of a partial index';
COMMENT ON COLUMN perfext.index_benefits.column_list IS
    'The key as CREATE INDEX wants it, with operator classes';
COMMENT ON COLUMN perfext.index_benefits.needs_extension IS
    'Extension that has to be there for its operator class';
COMMENT ON COLUMN perfext.index_benefits.size_bytes IS
    'Expected size, bytes';
COMMENT ON COLUMN perfext.index_benefits.indexrelid IS
    'The valid index that does the same and is there by now; NULL: none';
COMMENT ON COLUMN perfext.index_benefits.applied IS
    'False: what is proposed now; true: what was proposed when an index was created on one of its tables';
COMMENT ON COLUMN perfext.index_benefits.proved_at IS
    'When the planner was asked last';
COMMENT ON COLUMN perfext.index_benefits.calls IS
    'Executions of the statement; if applied, those before';
COMMENT ON COLUMN perfext.index_benefits.exec_time IS
    'Time of those, ms';
COMMENT ON COLUMN perfext.index_benefits.calls_after IS
    'Executions since the index was created; NULL if not applied';
COMMENT ON COLUMN perfext.index_benefits.exec_time_after IS
    'Time of those, ms';
COMMENT ON COLUMN perfext.index_benefits.cost_before IS
    'The planner''s cost of the statement without new indexes';
COMMENT ON COLUMN perfext.index_benefits.cost_after IS
    'Its cost with all indexes proposed for it';
COMMENT ON COLUMN perfext.index_benefits.node_time IS
    'Measured time of the nodes that the index takes away, ms; NULL: none were measured; of a foreign-key check, its part of the time of all';
COMMENT ON COLUMN perfext.index_benefits.new_time IS
    'Time that the scans of the index are expected to take in all, ms, if it is cached';
COMMENT ON COLUMN perfext.index_benefits.saved_time IS
    'Time of these executions that the index would have saved, ms: the smaller one of what the cost and what the measured times say';
COMMENT ON COLUMN perfext.index_benefits.gets_slower IS
    'True: the planner would use the index, but by the measured times the statement would become slower by more than 10 %';
COMMENT ON COLUMN perfext.index_benefits.join_before IS
    'Kind of the join above the scan';
COMMENT ON COLUMN perfext.index_benefits.join_after IS
    'Kind of that join with the index';
COMMENT ON COLUMN perfext.index_benefits.all_equal IS
    'True when all key columns are compared for equality with values, so that their order does not matter';
COMMENT ON COLUMN perfext.index_benefits.database_time IS
    'Time of all recorded top-level statements, ms';
COMMENT ON COLUMN perfext.index_benefits.first_seen IS
    'Since when the statement scans the table so';
COMMENT ON COLUMN perfext.index_benefits.last_seen IS
    'When it did last';
COMMENT ON COLUMN perfext.index_benefits.last_call IS
    'When the statement was executed last';
COMMENT ON COLUMN perfext.index_benefits.slot IS
    'The same number for the forms of one index of one statement, of which it needs only one';
COMMENT ON COLUMN perfext.index_benefits.kind IS
    'index: proposed; form: the same one with included columns, shorter, or of another operator class; risk: nothing that the statement needs, but an index on this column that others have created the planner would use';
COMMENT ON COLUMN perfext.index_benefits.form_cost IS
    'The planner''s cost of the statement with this form in the place of the proposed one; of a risk, with that index alone';
COMMENT ON COLUMN perfext.index_benefits.time_change IS
    'As saved_time, but negative where the statement would take longer, ms';
COMMENT ON COLUMN perfext.index_benefits.table_rows IS
    'Rows of the table, estimated';
COMMENT ON COLUMN perfext.index_benefits.rows_read IS
    'Rows that an execution would read by the index, in all its loops';

GRANT SELECT ON perfext.index_benefits TO PUBLIC;
