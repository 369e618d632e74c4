/*
 * Deletes and key updates whose foreign-key checks search the referencing table
 * row by row because no index leads with the referencing columns: what measured times and
 * the catalogs say where the planner was not asked.
 */
CREATE VIEW perfext.suspected_foreign_keys AS
WITH statement AS MATERIALIZED (
    SELECT *
    FROM perfext.rule_statements
    WHERE is_here
      AND fk_checks > 0
      AND fk_time / fk_checks >= 0.5
),
changed AS MATERIALIZED (
    SELECT DISTINCT n.userid, n.dbid, n.queryid, n.toplevel, n.relid
    FROM perfext.plan_nodes AS n
    WHERE n.node_type IN ('Delete', 'Update', 'Merge', 'ModifyTable')
      AND n.dbid = (SELECT d.oid FROM pg_catalog.pg_database AS d
                    WHERE d.datname = pg_catalog.current_database())
),
checked AS (
    SELECT s.*, c.relid, false AS at_commit
    FROM statement AS s
    JOIN changed AS c USING (userid, dbid, queryid, toplevel)
    UNION ALL
    -- the time of deferred checks is that of the COMMIT, whatever was changed before it
    SELECT s.*, c.relid, true
    FROM statement AS s
    CROSS JOIN (SELECT DISTINCT relid FROM changed) AS c
    WHERE s.query ~* '^\s*(commit|end)\M'
),
proof AS MATERIALIZED (
    SELECT p.userid, p.dbid, p.queryid, p.toplevel, p.checked_relid, p.reason,
           array(SELECT jsonb_array_elements_text(i.definition->'key_columns')
                 FROM jsonb_array_elements(p.indexes) AS i(definition)) AS columns
    FROM perfext.index_proofs AS p
    WHERE p.foreign_key
),
referencing AS (
    SELECT
        k.*, con.conname, con.conrelid, con.conkey, con.condeferred, ns.nspname, c.relname,
        c.relkind,
        (SELECT array_agg(quote_ident(a.attname) ORDER BY o)
         FROM unnest(con.conkey) WITH ORDINALITY AS u(attnum, o)
         JOIN pg_catalog.pg_attribute AS a
            ON a.attrelid = con.conrelid AND a.attnum = u.attnum) AS key_columns
    FROM checked AS k
    JOIN pg_catalog.pg_constraint AS con
        ON con.confrelid = k.relid AND con.contype = 'f' AND con.conparentid = 0
        AND (con.condeferrable OR NOT k.at_commit)
    JOIN pg_catalog.pg_class AS c ON c.oid = con.conrelid
    JOIN pg_catalog.pg_namespace AS ns ON ns.oid = c.relnamespace
    WHERE c.relkind = 'p' OR pg_catalog.pg_relation_size(c.oid) >= 50 * 8192
),
unindexed AS (
    SELECT
        r.*,
        coalesce(
            (SELECT min(p.reason)
             FROM proof AS p
             WHERE (p.userid, p.dbid, p.queryid, p.toplevel, p.checked_relid)
                 = (r.userid, r.dbid, r.queryid, r.toplevel, r.conrelid)),
            CASE WHEN r.at_commit OR r.condeferred
                THEN 'it is checked at the commit, where nothing is proved'
                ELSE 'not proved yet' END) AS reason
    FROM referencing AS r
    WHERE NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_index AS i
        WHERE i.indrelid = r.conrelid
          AND i.indisvalid
          -- a check never looks for NULL
          AND (i.indpred IS NULL
               OR pg_catalog.pg_get_expr(i.indpred, i.indrelid) IN (
                   SELECT '(' || quote_ident(a.attname) || ' IS NOT NULL)'
                   FROM pg_catalog.pg_attribute AS a
                   WHERE a.attrelid = r.conrelid AND a.attnum = ANY (r.conkey)))
          AND (SELECT array_agg(x) FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u(x, o)
               WHERE o <= cardinality(r.conkey)) @> r.conkey)
      -- proved, or proved to be of no use
      AND NOT EXISTS (
        SELECT
        FROM proof AS p
        WHERE (p.userid, p.dbid, p.queryid, p.toplevel, p.checked_relid)
            = (r.userid, r.dbid, r.queryid, r.toplevel, r.conrelid)
          AND (p.columns && r.key_columns OR p.reason = 'no index helps'))
)
SELECT
    conrelid AS relid, key_columns, database_name, nspname AS schemaname, relname, relkind,
    conname, database_time,
    array_to_string(key_columns, ', ') AS column_list,
    array_agg(DISTINCT queryid) AS queryids,
    sum(calls)::bigint AS calls,
    sum(spent_time) AS spent_time,
    sum(fk_checks)::bigint AS fk_checks,
    sum(fk_time) AS fk_time,
    min(reason) AS reason,
    bool_and(at_commit) AS at_commit,
    jsonb_agg(jsonb_build_object('queryid', queryid, 'query', title, 'role', role_name,
        'calls', calls, 'fk_time', round(fk_time::numeric, 1))) AS statements,
    min(stats_since) AS first_seen,
    max(last_call) AS last_seen
FROM unindexed
GROUP BY conrelid, key_columns, database_name, nspname, relname, relkind, conname, database_time;

COMMENT ON VIEW perfext.suspected_foreign_keys IS
    'One row per foreign key without an index whose checks take at least 0.5 ms, where the planner was not asked; times in ms';
COMMENT ON COLUMN perfext.suspected_foreign_keys.relid IS
    'Referencing table, which has no index';
COMMENT ON COLUMN perfext.suspected_foreign_keys.key_columns IS
    'Referencing columns in their order, quoted as SQL needs it';
COMMENT ON COLUMN perfext.suspected_foreign_keys.database_name IS
    'Name of the database';
COMMENT ON COLUMN perfext.suspected_foreign_keys.schemaname IS
    'Schema of the table';
COMMENT ON COLUMN perfext.suspected_foreign_keys.relname IS
    'Name of the table';
COMMENT ON COLUMN perfext.suspected_foreign_keys.relkind IS
    'r: table, p: partitioned table';
COMMENT ON COLUMN perfext.suspected_foreign_keys.conname IS
    'Name of the foreign key';
COMMENT ON COLUMN perfext.suspected_foreign_keys.database_time IS
    'Time of all recorded top-level statements, ms';
COMMENT ON COLUMN perfext.suspected_foreign_keys.column_list IS
    'The referencing columns as CREATE INDEX wants them';
COMMENT ON COLUMN perfext.suspected_foreign_keys.queryids IS
    'Statements that fire the checks: join with perfext.statements';
COMMENT ON COLUMN perfext.suspected_foreign_keys.calls IS
    'Executions of those';
COMMENT ON COLUMN perfext.suspected_foreign_keys.spent_time IS
    'Their planning and execution time, ms';
COMMENT ON COLUMN perfext.suspected_foreign_keys.fk_checks IS
    'Checks that they fired, those of other foreign keys included';
COMMENT ON COLUMN perfext.suspected_foreign_keys.fk_time IS
    'Time of those, ms';
COMMENT ON COLUMN perfext.suspected_foreign_keys.reason IS
    'Why the planner was not asked';
COMMENT ON COLUMN perfext.suspected_foreign_keys.at_commit IS
    'True: deferred checks, of which only the COMMIT is known; it may be another deferrable foreign key';
COMMENT ON COLUMN perfext.suspected_foreign_keys.statements IS
    'What was measured, for each statement';
COMMENT ON COLUMN perfext.suspected_foreign_keys.first_seen IS
    'Since when the statements are recorded';
COMMENT ON COLUMN perfext.suspected_foreign_keys.last_seen IS
    'When one was executed last';

GRANT SELECT ON perfext.suspected_foreign_keys TO PUBLIC;
