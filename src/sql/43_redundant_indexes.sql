/*
 * Indexes of the current database that serve nothing of their own. Everything is
 * looked up in the catalogs and in the server's statistics; perfext.statements only
 * helps to tell how old an index is.
 *
 * What is dropped together must be safe together: covered_by names an index that is
 * not in the list itself. Definitions are compared as the catalogs store them: to
 * deparse an expression the server locks the table, and this must wait for nobody.
 */
CREATE FUNCTION perfext.redundant_indexes(
    min_age interval DEFAULT '7 days',
    OUT indexrelid oid,
    OUT relid oid,
    OUT schemaname text,
    OUT relname text,
    OUT indexrelname text,
    OUT reason text,
    OUT covered_by text,
    OUT index_size_bytes bigint,
    OUT covered_by_size_bytes bigint,
    OUT idx_scan bigint,
    OUT last_idx_scan timestamptz,
    OUT since timestamptz,
    OUT index_writes bigint,
    OUT hot_update_ratio float8,
    OUT ddl text,
    OUT definition text,
    OUT advice text
)
RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
-- says what to set when perfext is not preloaded, also where no index is
SELECT FROM perfext.info();

WITH con AS MATERIALIZED (
    SELECT conindid,
           bool_or(contype IN ('p', 'u', 'x')) AS is_constraint,
           -- of the constraints only UNIQUE can go, unless a foreign key refers to it
           bool_and(contype = 'u') AS is_droppable,
           max(conname) AS conname
    FROM pg_constraint
    WHERE conindid <> 0
    GROUP BY conindid
),
entry AS MATERIALIZED (
    SELECT
        i.indexrelid, i.indrelid, ns.nspname, t.relname, ic.relname AS indexrelname, ic.relkind,
        ic.relispartition AS attached,
        coalesce(pg_partition_root(i.indexrelid), i.indexrelid) AS root,
        ic.relpages, ic.xmin AS created_by, am.amname, k.keys, k.columns, k.includes,
        -- positions in the text of the command are no part of the meaning
        regexp_replace(i.indexprs::text, ':(location|list_start|list_end) -?\d+', '', 'g')
            AS expressions,
        regexp_replace(i.indpred::text, ':(location|list_start|list_end) -?\d+', '', 'g')
            AS predicate,
        -- fill factor and deduplication of a B-tree matter for its size alone
        CASE WHEN am.amname <> 'btree' THEN ic.reloptions END AS reloptions,
        i.indisvalid AND i.indisready AND i.indislive AS valid,
        i.indisunique, i.indnullsnotdistinct, i.indimmediate, i.indisclustered,
        count(*) OVER (PARTITION BY i.indrelid) AS siblings,
        coalesce(c.is_constraint, false) AS is_constraint,
        c.conname,
        free.droppable,
        coalesce(u.idx_scan, 0) AS scans,
        -- of two equal indexes the greater one stays
        ROW(NOT free.droppable, c.is_constraint IS TRUE, i.indisunique, i.indnullsnotdistinct,
            i.indimmediate, i.indisclustered, coalesce(u.idx_scan, 0) > 0,
            -i.indexrelid::bigint) AS rank
    FROM pg_index AS i
    JOIN pg_class AS ic ON ic.oid = i.indexrelid
    JOIN pg_class AS t ON t.oid = i.indrelid
    JOIN pg_namespace AS ns ON ns.oid = t.relnamespace
    JOIN pg_am AS am ON am.oid = ic.relam
    LEFT JOIN con AS c ON c.conindid = i.indexrelid
    LEFT JOIN pg_stat_all_indexes AS u ON u.indexrelid = i.indexrelid
    CROSS JOIN LATERAL (
        SELECT coalesce(c.is_droppable, true) AND NOT i.indisreplident
            AND NOT ic.relispartition AS droppable
    ) AS free
    CROSS JOIN LATERAL (
        SELECT
            array_agg(concat_ws('/', p.attnum, p.opclass, p.coll, p.option,
                a.attoptions::text) ORDER BY p.place)
                FILTER (WHERE p.place <= i.indnkeyatts) AS keys,
            array_agg(p.attnum ORDER BY p.place) AS columns,
            coalesce(array_agg(p.attnum ORDER BY p.attnum)
                FILTER (WHERE p.place > i.indnkeyatts), '{}') AS includes
        FROM unnest(i.indkey::int2[], i.indclass::oid[], i.indcollation::oid[],
                    i.indoption::int2[]) WITH ORDINALITY
                AS p(attnum, opclass, coll, option, place)
        LEFT JOIN pg_attribute AS a ON a.attrelid = i.indexrelid AND a.attnum = p.place
    ) AS k
    WHERE t.relpersistence <> 't'
      AND ns.nspname NOT IN ('pg_catalog', 'information_schema', 'perfext')
      -- of a TOAST table only what REINDEX CONCURRENTLY has left
      AND (ns.nspname <> 'pg_toast' OR NOT i.indisvalid)
      -- what an extension brought is its author's affair
      AND NOT EXISTS (
        SELECT FROM pg_depend AS d
        WHERE d.classid = 'pg_class'::regclass AND d.objid IN (i.indexrelid, i.indrelid)
          AND d.deptype = 'e')
),
-- which indexes the checks of a foreign key can use when rows of the parent go
supporting AS MATERIALIZED (
    SELECT fk.oid AS conoid, e.indexrelid, e.scans > 0 OR NOT e.droppable AS stays
    FROM pg_constraint AS fk
    JOIN entry AS e ON e.indrelid = fk.conrelid
    WHERE fk.contype = 'f'
      AND e.valid
      AND e.relkind = 'i'
      AND (e.predicate IS NULL OR e.predicate ~ '^\{NULLTEST .*:nulltesttype 1 ')
      AND e.columns[1:cardinality(fk.conkey)] @> fk.conkey
      AND cardinality(e.keys) >= cardinality(fk.conkey)
),
needed AS (
    SELECT s.indexrelid
    FROM supporting AS s
    WHERE NOT EXISTS (
        SELECT FROM supporting AS o
        WHERE o.conoid = s.conoid AND o.indexrelid <> s.indexrelid AND o.stays)
),
-- an index of a partitioned table is one with those of its partitions
tree AS MATERIALIZED (
    SELECT
        e.root,
        sum(e.scans)::bigint AS scans,
        max((to_jsonb(u)->>'last_idx_scan')::timestamptz) AS last_scan,
        sum(coalesce(t.n_tup_ins + t.n_tup_upd - t.n_tup_hot_upd, 0))::bigint AS writes,
        sum(t.n_tup_hot_upd)::float8 / nullif(sum(t.n_tup_upd), 0)::float8 AS hot_ratio,
        -- building an index scans the table, too, once or twice
        bool_or(t.seq_scan > 2 * e.siblings
            OR t.idx_scan + t.n_tup_ins + t.n_tup_upd + t.n_tup_del > 0) AS is_active,
        max((to_jsonb(u)->>'stats_reset')::timestamptz) AS reset,
        bool_and(e.valid) AS valid,
        bool_or(e.indisunique OR e.indisclustered
            OR (NOT e.droppable AND NOT e.attached)
            OR e.indexrelid IN (SELECT n.indexrelid FROM needed AS n)) AS wanted,
        max(CASE WHEN current_setting('track_commit_timestamp')::boolean
                      AND NOT pg_is_in_recovery()
            THEN pg_xact_commit_timestamp(e.created_by) END) AS created,
        array_agg(lower(e.relname)) AS names
    FROM entry AS e
    LEFT JOIN pg_stat_all_indexes AS u ON u.indexrelid = e.indexrelid
    LEFT JOIN pg_stat_all_tables AS t ON t.relid = e.indrelid AND e.relkind = 'i'
    GROUP BY e.root
),
-- Statistics are discarded after a crash, too, and only the cluster's own tell of it.
-- Each of these can also be reset alone, hence the oldest.
counting AS MATERIALIZED (
    SELECT greatest(d.stats_reset, least(b.stats_reset, a.stats_reset, w.stats_reset)) AS since
    FROM pg_stat_database AS d, pg_stat_bgwriter AS b, pg_stat_archiver AS a, pg_stat_wal AS w
    WHERE d.datname = current_database()
),
-- The server does not record when an index was created; perfext has seen it, perhaps.
creating AS MATERIALIZED (
    SELECT s.last_call, lower(s.query) AS query
    FROM perfext.statements AS s
    WHERE s.dbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
      AND s.query ~* '^\s*create\s[^(]*\m(index|table|view)\M'
),
unused AS MATERIALIZED (
    SELECT t.root, k.since
    FROM tree AS t
    CROSS JOIN counting AS c
    CROSS JOIN LATERAL (
        SELECT greatest(c.since, t.reset, t.created, max(w.last_call)) AS since
        FROM creating AS w, unnest(t.names) AS name
        WHERE strpos(w.query, replace(name, '"', '""')) > 0
    ) AS k
    WHERE t.scans = 0 AND t.is_active AND t.valid AND NOT t.wanted
      AND statement_timestamp() - k.since >= redundant_indexes.min_age
),
pair AS MATERIALIZED (
    SELECT
        a.indexrelid, b.indexrelid AS cover, b.root AS cover_root, b.indexrelname AS cover_name,
        CASE WHEN s.same THEN 'duplicate' ELSE 'prefix_of' END AS reason
    FROM entry AS a
    JOIN entry AS b ON b.indrelid = a.indrelid AND b.indexrelid <> a.indexrelid
    -- (the operator classes in keys tell access methods apart)
    CROSS JOIN LATERAL (
        SELECT a.keys = b.keys AND a.includes = b.includes
            AND a.expressions IS NOT DISTINCT FROM b.expressions AS same
    ) AS s
    WHERE a.valid AND b.valid
      AND a.droppable
      AND b.predicate IS NOT DISTINCT FROM a.predicate
      AND b.root NOT IN (SELECT u.root FROM unused AS u)
      AND CASE WHEN s.same THEN
            b.reloptions IS NOT DISTINCT FROM a.reloptions
            AND b.rank > a.rank
            AND (NOT a.indisunique
                 OR (b.indisunique
                     AND b.indnullsnotdistinct >= a.indnullsnotdistinct
                     AND b.indimmediate >= a.indimmediate))
          ELSE
            a.amname = 'btree'
            AND NOT a.indisunique
            AND NOT a.indisclustered
            AND b.keys[1:cardinality(a.keys)] = a.keys
            AND a.includes <@ b.columns
            -- a list of complete expressions: what it begins with are the first of them
            AND (a.expressions IS NULL
                 OR starts_with(rtrim(b.expressions, ')') || ' ', rtrim(a.expressions, ')') || ' '))
          END
),
covered AS (
    -- one that is the same, or else the one with the fewest columns
    SELECT DISTINCT ON (p.indexrelid) p.indexrelid, p.reason, p.cover, p.cover_name
    FROM pair AS p
    JOIN entry AS b ON b.indexrelid = p.cover
    WHERE p.cover_root NOT IN (SELECT o.indexrelid FROM pair AS o)
    ORDER BY p.indexrelid, p.reason, cardinality(b.columns), b.rank DESC
),
finding AS (
    SELECT e.indexrelid, 'invalid' AS reason, NULL::oid AS cover, NULL::name AS cover_name
    FROM entry AS e
    WHERE NOT e.valid
      AND e.relkind = 'i'
      AND e.droppable AND NOT e.is_constraint
      -- of other users' commands one may not see on which table they work
      AND NOT EXISTS (
        SELECT FROM pg_stat_progress_create_index AS p
        WHERE p.datname = current_database()
          AND (p.relid IS NULL OR p.relid = e.indrelid
               OR p.relid = (SELECT o.oid FROM pg_class AS o WHERE o.reltoastrelid = e.indrelid)))
    UNION ALL
    SELECT c.indexrelid, c.reason, c.cover, c.cover_name FROM covered AS c
    UNION ALL
    SELECT u.root, 'unused', NULL, NULL
    FROM unused AS u
    WHERE u.root NOT IN (SELECT c.indexrelid FROM covered AS c)
),
-- what somebody is changing is not asked for what would need a lock
locked AS MATERIALIZED (
    SELECT l.relation
    FROM pg_locks AS l
    WHERE l.mode = 'AccessExclusiveLock' AND l.relation IS NOT NULL AND l.pid <> pg_backend_pid()
      AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
),
size AS (
    SELECT e.indexrelid,
           sum(CASE WHEN m.indexrelid IN (SELECT l.relation FROM locked AS l)
               THEN m.relpages * current_setting('block_size')::bigint
               ELSE pg_relation_size(m.indexrelid) END)::bigint AS bytes
    FROM entry AS e
    JOIN entry AS m ON m.root = e.root AND m.relkind = 'i'
        AND (e.relkind = 'I' OR m.indexrelid = e.indexrelid)
    WHERE e.indexrelid IN (SELECT unnest(ARRAY[f.indexrelid, f.cover]) FROM finding AS f)
    GROUP BY e.indexrelid
),
standby AS MATERIALIZED (
    SELECT
        pg_is_in_recovery() AS here,
        EXISTS (
            SELECT FROM pg_stat_replication AS r
            WHERE NOT EXISTS (SELECT FROM pg_replication_slots AS s
                              WHERE s.active_pid = r.pid AND s.slot_type = 'logical'))
        OR EXISTS (SELECT FROM pg_replication_slots AS s WHERE s.slot_type = 'physical') AS there
)
SELECT
    e.indexrelid, e.indrelid, e.nspname::text, e.relname::text, e.indexrelname::text, f.reason,
    f.cover_name::text, own.bytes, other.bytes, t.scans, t.last_scan, coalesce(u.since, c.since),
    t.writes, t.hot_ratio,
    CASE
        WHEN e.is_constraint THEN format('ALTER TABLE %I.%I DROP CONSTRAINT %I;', e.nspname,
            e.relname, e.conname)
        WHEN e.relkind = 'I' THEN format('DROP INDEX %I.%I;', e.nspname, e.indexrelname)
        ELSE format('DROP INDEX CONCURRENTLY %I.%I;', e.nspname, e.indexrelname)
    END,
    CASE WHEN NOT EXISTS (SELECT FROM locked AS l WHERE l.relation IN (e.indexrelid, e.indrelid))
        THEN pg_get_indexdef(e.indexrelid) END,
    concat_ws(' ',
        CASE f.reason
            WHEN 'invalid' THEN 'Creating or rebuilding it failed: no query uses it, but writes may '
                'still have to maintain it. If it is wanted, create it again.'
            WHEN 'duplicate' THEN format('%I serves the same queries.', f.cover_name)
            WHEN 'prefix_of' THEN format('%I begins with the same columns and serves the same '
                'queries.', f.cover_name)
            ELSE 'No scan since then. The server does not record when an index was created: make '
                'sure that it is not younger, and that it is not for rare work such as the '
                'year''s end.'
        END,
        CASE WHEN f.reason = 'prefix_of' AND other.bytes >= 3 * own.bytes
                  AND own.bytes >= 1048576 THEN
            format('It is %s times as large: a scan that reads many entries will read more pages.',
                round(other.bytes / own.bytes::numeric)) END,
        CASE WHEN f.reason = 'unused' AND e.expressions IS NOT NULL THEN
            'It also gives the planner statistics on its expressions: CREATE STATISTICS on them '
            'keeps those.' END,
        CASE
            WHEN f.reason <> 'unused' THEN NULL
            WHEN s.here THEN 'This is a standby, which counts its own scans only: look at the '
                'primary''s counters, too.'
            WHEN s.there THEN 'Standbys count their own scans: look at their counters first.'
        END,
        CASE WHEN e.indisclustered THEN 'The table is marked to be clustered by it.' END,
        CASE
            WHEN e.is_constraint THEN 'Dropping the constraint locks the table for a moment; an ON '
                'CONFLICT ON CONSTRAINT that names it has to name the other one.'
            WHEN e.relkind = 'I' THEN 'The indexes of all partitions go with it; DROP INDEX locks '
                'the table and its partitions for a moment.'
        END)
FROM finding AS f
JOIN entry AS e ON e.indexrelid = f.indexrelid
JOIN tree AS t ON t.root = e.root
CROSS JOIN counting AS c
CROSS JOIN standby AS s
LEFT JOIN unused AS u ON u.root = e.root
LEFT JOIN size AS own ON own.indexrelid = f.indexrelid
LEFT JOIN size AS other ON other.indexrelid = f.cover
ORDER BY own.bytes DESC, e.nspname, e.indexrelname
$$;

COMMENT ON FUNCTION perfext.redundant_indexes(interval) IS
    'What view perfext.redundant_indexes shows; an index counts as unused when nothing has scanned it for min_age';

CREATE VIEW perfext.redundant_indexes AS
SELECT * FROM perfext.redundant_indexes();

COMMENT ON VIEW perfext.redundant_indexes IS
    'One row per index of the current database that serves nothing of its own; all of them can be dropped together';

COMMENT ON COLUMN perfext.redundant_indexes.indexrelid IS
    'The index';
COMMENT ON COLUMN perfext.redundant_indexes.relid IS
    'Its table';
COMMENT ON COLUMN perfext.redundant_indexes.schemaname IS
    'Schema of both';
COMMENT ON COLUMN perfext.redundant_indexes.relname IS
    'Name of the table';
COMMENT ON COLUMN perfext.redundant_indexes.indexrelname IS
    'Name of the index';
COMMENT ON COLUMN perfext.redundant_indexes.reason IS
    'invalid (building it failed), duplicate (covered_by is the same), prefix_of (covered_by begins with its columns) or unused (no scan since then, for 7 days at least)';
COMMENT ON COLUMN perfext.redundant_indexes.covered_by IS
    'Name of the index that serves the same queries and stays; NULL for invalid and unused ones';
COMMENT ON COLUMN perfext.redundant_indexes.index_size_bytes IS
    'Size, bytes; of a partitioned index that of all partitions';
COMMENT ON COLUMN perfext.redundant_indexes.covered_by_size_bytes IS
    'That of covered_by, bytes';
COMMENT ON COLUMN perfext.redundant_indexes.idx_scan IS
    'Scans that the server has counted on this server (standbys count their own)';
COMMENT ON COLUMN perfext.redundant_indexes.last_idx_scan IS
    'When it was scanned last; NULL: not while it was counted, and before server 16';
COMMENT ON COLUMN perfext.redundant_indexes.since IS
    'Since when scans and writes are counted: the last reset or loss of the statistics; of an unused index also not before its creation, where that is known';
COMMENT ON COLUMN perfext.redundant_indexes.index_writes IS
    'Rows written to the table since then that needed an entry in each index: inserts, and updates that were not HOT';
COMMENT ON COLUMN perfext.redundant_indexes.hot_update_ratio IS
    'Share (0 to 1) of the table''s updates that needed no index entry; NULL without updates';
COMMENT ON COLUMN perfext.redundant_indexes.ddl IS
    'Command that drops it';
COMMENT ON COLUMN perfext.redundant_indexes.definition IS
    'Command that creates it again; NULL while somebody has locked it';
COMMENT ON COLUMN perfext.redundant_indexes.advice IS
    'What to look at before';

GRANT SELECT ON perfext.redundant_indexes TO PUBLIC;
