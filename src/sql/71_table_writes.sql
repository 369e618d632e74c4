/*
 * What a further index would cost: the rows that are written to its table.
 */
CREATE FUNCTION perfext.index_write_time(method text, size_bytes float8)
RETURNS float8
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- measured: 1 to 5 us for each row and further btree, more the less of it is cached; a GIN
    -- index has several keys for each row, BRIN touches a page that stays the same
    RETURN CASE method
        WHEN 'brin' THEN 0.0001
        WHEN 'gin' THEN 0.02
        WHEN 'gist' THEN 0.006
        WHEN 'spgist' THEN 0.006
        ELSE least(0.005, 0.0015 + 0.0007 * ln(1 + coalesce(size_bytes, 0) / 1e7))
    END;
END
$$;

COMMENT ON FUNCTION perfext.index_write_time(text, float8) IS
    'Time that one more entry in an index of this access method and size takes, ms';

/*
 * Rows written to tables by recorded statements: since the same time as what they read,
 * which the server's own counters are not, as they also hold how a table was once filled.
 */
CREATE VIEW perfext.table_writes AS
WITH target AS (
    SELECT DISTINCT userid, dbid, queryid, toplevel, relid, node_type
    FROM perfext.plan_nodes
    WHERE node_type ~ '^(Insert|Update|Delete|Merge)$'
),
written AS (
    SELECT t.relid,
           sum(s.rows) FILTER (WHERE t.node_type IN ('Insert', 'Merge')) AS inserted,
           sum(s.rows) FILTER (WHERE t.node_type = 'Update') AS updated,
           sum(s.rows) FILTER (WHERE t.node_type = 'Delete') AS deleted
    FROM target AS t
    JOIN perfext.statements AS s USING (userid, dbid, queryid, toplevel)
    WHERE s.dbid = (SELECT oid FROM pg_catalog.pg_database
                    WHERE datname = pg_catalog.current_database())
    GROUP BY t.relid
),
-- COPY is a utility statement: its table stands in the text
copied AS (
    SELECT c.oid AS relid, sum(s.rows) AS inserted
    FROM perfext.statements AS s
    CROSS JOIN LATERAL regexp_match(s.query,
        '^\s*copy\s+(?:(\w+|"[^"]+")\s*\.\s*)?(\w+|"[^"]+")\s*(?:\([^)]*\)\s*)?from\M', 'i') AS name
    JOIN pg_catalog.pg_class AS c ON c.relname = CASE
        WHEN name[2] ~ '^"' THEN btrim(name[2], '"') ELSE lower(name[2]) END
    JOIN pg_catalog.pg_namespace AS ns ON ns.oid = c.relnamespace
    WHERE s.dbid = (SELECT oid FROM pg_catalog.pg_database
                    WHERE datname = pg_catalog.current_database())
      AND (name[1] IS NULL
           OR ns.nspname = CASE
               WHEN name[1] ~ '^"' THEN btrim(name[1], '"') ELSE lower(name[1]) END)
    GROUP BY c.oid
)
SELECT
    relid,
    coalesce(w.inserted, 0) + coalesce(c.inserted, 0) AS inserted,
    coalesce(w.updated, 0) AS updated,
    coalesce(w.deleted, 0) AS deleted
FROM written AS w
FULL JOIN copied AS c USING (relid);

COMMENT ON VIEW perfext.table_writes IS
    'One row per table of the current database that recorded statements wrote to';
COMMENT ON COLUMN perfext.table_writes.relid IS
    'Table; of a partition, its topmost parent';
COMMENT ON COLUMN perfext.table_writes.inserted IS
    'Rows inserted, merged or copied into it';
COMMENT ON COLUMN perfext.table_writes.updated IS
    'Rows updated';
COMMENT ON COLUMN perfext.table_writes.deleted IS
    'Rows deleted';

/* What is written for one more index: entries of it, and of others where a HOT update is lost */
CREATE VIEW perfext.table_write_entries AS
SELECT
    w.relid,
    w.inserted + w.updated + w.deleted AS rows_written,
    -- each insert and each update that does not stay in its page brings an entry, each delete
    -- takes one away later, at half the work; an index on an updated column ends HOT updates
    -- for all indexes: that it is this column is taken to be so for a tenth of them
    w.inserted + 0.5 * w.deleted + w.updated * (
        1 - h.hot_ratio + 0.1 * h.hot_ratio * (1 + i.indexes)) AS entries
FROM perfext.table_writes AS w
CROSS JOIN LATERAL (
    SELECT coalesce(sum(t.n_tup_hot_upd) / nullif(sum(t.n_tup_upd), 0), 0)::float8 AS hot_ratio
    FROM (SELECT w.relid UNION SELECT p.relid FROM pg_catalog.pg_partition_tree(w.relid) AS p)
        AS part
    JOIN pg_catalog.pg_stat_all_tables AS t ON t.relid = part.relid
) AS h
CROSS JOIN LATERAL (
    SELECT count(*) AS indexes FROM pg_catalog.pg_index AS x WHERE x.indrelid = w.relid
) AS i;

COMMENT ON VIEW perfext.table_write_entries IS
    'One row per table of the current database that recorded statements wrote to: what a further index would have had to write';
COMMENT ON COLUMN perfext.table_write_entries.relid IS
    'Table; of a partition, its topmost parent';
COMMENT ON COLUMN perfext.table_write_entries.rows_written IS
    'Rows inserted, updated and deleted';
COMMENT ON COLUMN perfext.table_write_entries.entries IS
    'Index entries that a further index would have brought with it, in itself and in the other indexes';

GRANT SELECT ON perfext.table_writes, perfext.table_write_entries TO PUBLIC;
