/*
 * A small set of indexes for all statements, from what each is worth to each: one index
 * serves several statements where it can.
 */
CREATE VIEW perfext.proved_indexes AS
WITH benefit AS MATERIALIZED (
    SELECT * FROM perfext.index_benefits(false)
),
definition AS MATERIALIZED (
    SELECT
        row_number() OVER () AS d,
        relid, method, column_list, predicate, key_columns,
        bool_and(all_equal) AS all_equal
    FROM benefit
    WHERE indexrelid IS NULL
    GROUP BY relid, method, column_list, predicate, key_columns
),
-- the longest index that serves an index's statements as well: its keys begin with the same
-- ones, in any order where all of them are compared for equality
served AS MATERIALIZED (
    SELECT DISTINCT ON (s.d) s.relid, s.method, s.column_list, s.predicate, l.d AS by_d
    FROM definition AS s
    JOIN definition AS l
        ON l.relid = s.relid AND l.method = s.method
        AND l.predicate IS NOT DISTINCT FROM s.predicate
        AND (l.d = s.d
             OR s.method = 'btree' AND (
                 pg_catalog.starts_with(l.column_list || ', ', s.column_list || ', ')
                 OR s.all_equal
                    AND l.key_columns[1:cardinality(s.key_columns)] @> s.key_columns
                    AND (cardinality(l.key_columns) > cardinality(s.key_columns)
                         OR l.all_equal)))
    ORDER BY s.d, cardinality(l.key_columns) DESC, l.column_list
),
wanted AS MATERIALIZED (
    SELECT s.by_d AS d, b.*
    FROM benefit AS b
    JOIN served AS s
        ON (s.relid, s.method, s.column_list) = (b.relid, b.method, b.column_list)
        AND s.predicate IS NOT DISTINCT FROM b.predicate
    WHERE b.indexrelid IS NULL
),
-- a statement may want the same index more than once
per_statement AS (
    SELECT
        d, userid, queryid, toplevel, foreign_key, database_name, database_time, role_name, title,
        max(calls) AS calls,
        max(exec_time) AS exec_time,
        max(cost_before) AS cost_before,
        max(cost_after) AS cost_after,
        least(max(exec_time), sum(coalesce(node_time, exec_time))) AS node_time,
        sum(saved_time) AS saved_time,
        bool_or(gets_slower) AS gets_slower,
        bool_or(node_time IS NULL) AS is_unmeasured,
        max(size_bytes) AS size_bytes,
        max(needs_extension) AS needs_extension,
        min(join_before) FILTER (WHERE join_before IS DISTINCT FROM join_after) AS join_before,
        min(join_after) FILTER (WHERE join_before IS DISTINCT FROM join_after) AS join_after,
        max(relkind::text) AS relkind,
        max(schemaname) AS schemaname,
        max(relname) AS relname,
        min(first_seen) AS first_seen,
        max(last_seen) AS last_seen
    FROM wanted
    GROUP BY d, userid, queryid, toplevel, foreign_key, database_name, database_time, role_name,
             title
),
included AS (
    SELECT w.d, array_agg(DISTINCT c ORDER BY c) AS columns
    FROM wanted AS w
    JOIN definition AS f USING (d)
    CROSS JOIN LATERAL unnest(w.include_columns) AS c
    WHERE c <> ALL (f.key_columns)
    GROUP BY w.d
    -- what no one statement needs together would make the index large
    HAVING count(DISTINCT c) <= 4
),
per_index AS (
    SELECT
        s.d, s.database_name, s.database_time, s.relkind, s.schemaname, s.relname,
        array_agg(DISTINCT s.queryid) AS queryids,
        bool_and(s.foreign_key) AS foreign_key,
        -- checks are no executions: they are counted where there is nothing else
        coalesce(sum(s.calls) FILTER (WHERE NOT s.foreign_key), sum(s.calls))::bigint AS calls,
        sum(s.exec_time) AS exec_time,
        sum(greatest(s.calls, 1) * s.cost_before) / sum(greatest(s.calls, 1)) AS cost_before,
        sum(greatest(s.calls, 1) * s.cost_after) / sum(greatest(s.calls, 1)) AS cost_after,
        sum(s.node_time) AS node_time,
        sum(s.saved_time) AS saved_time,
        bool_or(s.gets_slower) AS gets_slower,
        bool_or(s.is_unmeasured) AS is_unmeasured,
        bool_or(s.join_after IS NOT NULL) AS flips,
        max(s.size_bytes) AS size_bytes,
        max(s.needs_extension) AS needs_extension,
        jsonb_agg(jsonb_build_object('queryid', s.queryid, 'role', s.role_name, 'query', s.title,
            'calls', s.calls, 'exec_time', round(s.exec_time::numeric, 1),
            'saved_time', round(s.saved_time::numeric, 1),
            'cost_before', round(s.cost_before::numeric, 1),
            'cost_after', round(s.cost_after::numeric, 1))
            || CASE WHEN s.join_after IS NULL THEN '{}'
                ELSE jsonb_build_object('join_before', s.join_before, 'join_after', s.join_after)
            END
            || CASE WHEN s.foreign_key THEN '{"foreign_key": true}' ELSE '{}' END::jsonb
            ORDER BY s.saved_time DESC, s.queryid) AS statements,
        min(s.first_seen) AS first_seen,
        max(s.last_seen) AS last_seen
    FROM per_statement AS s
    GROUP BY s.d, s.database_name, s.database_time, s.relkind, s.schemaname, s.relname
)
SELECT
    p.database_name, p.database_time, f.relid, p.relkind, p.schemaname, p.relname, f.method,
    f.key_columns, coalesce(i.columns, '{}') AS include_columns, f.predicate, f.column_list,
    p.needs_extension, p.foreign_key, p.queryids, p.calls, p.exec_time, p.cost_before,
    p.cost_after, p.node_time, p.saved_time, p.size_bytes,
    p.is_unmeasured, p.flips, p.statements, p.first_seen, p.last_seen
FROM per_index AS p
JOIN definition AS f USING (d)
LEFT JOIN included AS i USING (d)
WHERE NOT p.gets_slower;

COMMENT ON VIEW perfext.proved_indexes IS
    'One row per index that the planner would use for recorded statements, one index for several of them where it serves them; without those by which a statement would get slower';
