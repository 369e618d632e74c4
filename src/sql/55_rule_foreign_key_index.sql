/*
 * Deletes and key updates whose foreign-key checks search the referencing table
 * row by row because no index leads with the referencing columns.
 */
CREATE VIEW perfext.rule_foreign_key_index AS
WITH checked AS (
    SELECT
        n.userid, n.dbid, n.queryid, n.toplevel, s.title, s.role_name, s.database_name,
        s.database_time, s.calls, s.spent_time, s.fk_checks, s.fk_time, s.stats_since, s.last_call,
        n.relid
    FROM perfext.rule_statements AS s
    JOIN perfext.plan_nodes AS n USING (userid, dbid, queryid, toplevel)
    WHERE s.is_here
      AND s.fk_checks > 0
      AND s.fk_time / s.fk_checks >= 0.5
      AND n.node_type IN ('Delete', 'Update', 'Merge', 'ModifyTable')
    GROUP BY n.userid, n.dbid, n.queryid, n.toplevel, s.title, s.role_name, s.database_name,
             s.database_time, s.calls, s.spent_time, s.fk_checks, s.fk_time, s.stats_since,
             s.last_call, n.relid
),
unindexed AS (
    SELECT
        k.*, con.conname, ns.nspname, c.relname, c.relkind,
        (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY o)
         FROM unnest(con.conkey) WITH ORDINALITY AS u(attnum, o)
         JOIN pg_catalog.pg_attribute AS a
            ON a.attrelid = con.conrelid AND a.attnum = u.attnum) AS column_list
    FROM checked AS k
    JOIN pg_catalog.pg_constraint AS con
        ON con.confrelid = k.relid AND con.contype = 'f' AND con.conparentid = 0
    JOIN pg_catalog.pg_class AS c ON c.oid = con.conrelid
    JOIN pg_catalog.pg_namespace AS ns ON ns.oid = c.relnamespace
    WHERE (c.relkind = 'p' OR pg_catalog.pg_relation_size(c.oid) >= 50 * 8192)
      AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_index AS i
        WHERE i.indrelid = con.conrelid
          AND i.indisvalid
          -- a check never looks for NULL
          AND (i.indpred IS NULL
               OR pg_catalog.pg_get_expr(i.indpred, i.indrelid) IN (
                   SELECT '(' || quote_ident(a.attname) || ' IS NOT NULL)'
                   FROM pg_catalog.pg_attribute AS a
                   WHERE a.attrelid = con.conrelid AND a.attnum = ANY (con.conkey)))
          AND (SELECT array_agg(x) FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u(x, o)
               WHERE o <= cardinality(con.conkey)) @> con.conkey)
)
SELECT
    'foreign_key_index'::text AS kind,
    concat_ws('/', database_name, nspname, relname, conname) AS subject_key,
    NULL::text AS severity,
    perfext.format_line(format('%s.%s (%s)', nspname, relname, column_list), 100) AS subject,
    format('Each foreign-key check of %s takes %s because no index on %s begins with (%s).',
        perfext.format_line(conname, 64), perfext.format_time(sum(fk_time) / sum(fk_checks)),
        perfext.format_line(nspname || '.' || relname, 100),
        perfext.format_line(column_list, 100)) AS summary,
    jsonb_build_object('queryids', jsonb_agg(DISTINCT queryid), 'database', database_name,
        'calls', sum(calls), 'total_time', round(sum(spent_time)::numeric, 1),
        'fk_checks', sum(fk_checks), 'fk_time', round(sum(fk_time)::numeric, 1),
        'constraint', conname,
        'statements', jsonb_agg(jsonb_build_object('queryid', queryid, 'query', title,
            'role', role_name, 'calls', calls, 'fk_time', round(fk_time::numeric, 1)))) AS evidence,
    format('CREATE INDEX%s ON %s.%s (%s);',
        CASE WHEN relkind = 'p' THEN '' ELSE ' CONCURRENTLY' END, quote_ident(nspname),
        quote_ident(relname), column_list) AS action,
    sum(fk_time) / database_time AS impact_ratio,
    0.9::float8 AS expected_gain_ratio,
    'high'::text AS confidence,
    min(stats_since) AS first_seen,
    max(last_call) AS last_seen
FROM unindexed
GROUP BY database_name, database_time, nspname, relname, relkind, conname, column_list;

COMMENT ON VIEW perfext.rule_foreign_key_index IS
    'Rule: foreign-key checks that are slow because the referencing columns have no index';
