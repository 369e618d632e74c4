/*
 * Patterns inside one statement: what its plan does again for each row. A correlated
 * subquery (SubPlan) or a LATERAL subquery or function, when it takes a good part of the
 * statement's time; not joins, nor what is computed once (InitPlan, hashed SubPlan).
 */
CREATE VIEW perfext.plan_loops AS
WITH RECURSIVE node AS MATERIALIZED (
    SELECT * FROM perfext.plan_nodes()
),
form AS (
    SELECT
        n.userid, n.dbid, n.queryid, n.toplevel, n.planid, n.node_id, n.node_type, n.alias,
        n.samples, n.loops, n.total_time,
        CASE WHEN n.subplan_name ~ '^SubPlan' THEN 'subplan'
            WHEN n.node_type ~ 'Function Scan' THEN 'function'
            ELSE 'lateral' END AS form
    FROM node AS n
    LEFT JOIN node AS p
        ON (p.userid, p.dbid, p.queryid, p.toplevel, p.planid, p.node_id)
         = (n.userid, n.dbid, n.queryid, n.toplevel, n.planid, n.parent_node_id)
    WHERE n.samples > 0
      AND n.loops >= 100 * n.samples
      AND (n.subplan_name ~ '^SubPlan'
           OR (n.loops >= 1000 * n.samples
               AND n.subplan_name IS NULL
               AND p.node_type ~ '^(Nested Loop|Memoize)'
               AND n.node_type ~ 'Limit|Aggregate|Group|Unique|WindowAgg|Subquery '
                   'Scan|Sort|SetOp|ProjectSet|Function Scan'))
),
-- what takes a good part of the time of the plan
material AS (
    SELECT f.*, whole.plan_time
    FROM form AS f
    JOIN (
        SELECT userid, dbid, queryid, toplevel, planid, sum(self_time) AS plan_time
        FROM node
        GROUP BY userid, dbid, queryid, toplevel, planid
    ) AS whole USING (userid, dbid, queryid, toplevel, planid)
    WHERE f.total_time >= 0.3 * whole.plan_time
),
below AS (
    SELECT m.userid, m.dbid, m.queryid, m.toplevel, m.planid, m.node_id AS top, m.node_id
    FROM material AS m
    UNION ALL
    SELECT b.userid, b.dbid, b.queryid, b.toplevel, b.planid, b.top, n.node_id
    FROM below AS b
    JOIN node AS n
        ON (n.userid, n.dbid, n.queryid, n.toplevel, n.planid, n.parent_node_id)
         = (b.userid, b.dbid, b.queryid, b.toplevel, b.planid, b.node_id)
),
scan AS (
    SELECT
        b.userid, b.dbid, b.queryid, b.toplevel, b.planid, b.top,
        n.node_id, n.schemaname, n.relname, n.alias,
        -- rows of reading the table once: all there are, or as far as it can be told what was read
        CASE WHEN n.relid IS NOT NULL THEN coalesce(
            (SELECT nullif(c.reltuples, -1)::float8 FROM pg_catalog.pg_class AS c
             WHERE c.oid = n.relid
               AND n.dbid = (SELECT d.oid FROM pg_catalog.pg_database AS d
                             WHERE d.datname = pg_catalog.current_database())),
            (n.rows + n.rows_removed)::float8
                / CASE WHEN n.condition IS NULL THEN greatest(n.loops, 1) ELSE n.samples END)
        END AS pass_rows,
        regexp_match(concat_ws(' ', n.condition, n.filter),
            '[(]("[^"]+"|[[:alpha:]_][[:alnum:]_]*) = '
                '("[^"]+"|[[:alpha:]_][[:alnum:]_]*)[.]("[^"]+"|[[:alpha:]_][[:alnum:]_]*)[)]')
            AS compared
    FROM below AS b
    JOIN node AS n
        ON (n.userid, n.dbid, n.queryid, n.toplevel, n.planid, n.node_id)
         = (b.userid, b.dbid, b.queryid, b.toplevel, b.planid, b.node_id)
),
-- a comparison with a table outside of the subquery
correlation AS (
    SELECT DISTINCT ON (s.userid, s.dbid, s.queryid, s.toplevel, s.planid, s.top)
        s.userid, s.dbid, s.queryid, s.toplevel, s.planid, s.top,
        coalesce(s.schemaname, child.schemaname) AS child_schema,
        coalesce(s.relname, child.relname) AS child_table,
        btrim(s.compared[1], '"') AS child_column,
        s.compared[2] AS outer_alias,
        outside.schemaname AS parent_schema,
        outside.relname AS parent_table,
        btrim(s.compared[3], '"') AS parent_column
    FROM scan AS s
    JOIN node AS outside
        ON (outside.userid, outside.dbid, outside.queryid, outside.toplevel, outside.planid)
         = (s.userid, s.dbid, s.queryid, s.toplevel, s.planid)
       AND outside.alias = btrim(s.compared[2], '"')
    -- an index scan of a bitmap has no table of its own
    LEFT JOIN LATERAL (
        SELECT o.schemaname, o.relname
        FROM scan AS o
        WHERE (o.userid, o.dbid, o.queryid, o.toplevel, o.planid, o.top)
            = (s.userid, s.dbid, s.queryid, s.toplevel, s.planid, s.top)
          AND o.node_id < s.node_id AND o.relname IS NOT NULL
        ORDER BY o.node_id DESC
        LIMIT 1
    ) AS child ON true
    WHERE NOT EXISTS (
        SELECT
        FROM below AS b
        WHERE (b.userid, b.dbid, b.queryid, b.toplevel, b.planid, b.top, b.node_id)
            = (s.userid, s.dbid, s.queryid, s.toplevel, s.planid, s.top, outside.node_id))
    ORDER BY s.userid, s.dbid, s.queryid, s.toplevel, s.planid, s.top, s.node_id
),
pass AS (
    SELECT userid, dbid, queryid, toplevel, planid, top, sum(pass_rows) AS rows
    FROM scan
    GROUP BY userid, dbid, queryid, toplevel, planid, top
)
SELECT
    m.userid,
    m.dbid,
    m.queryid,
    m.toplevel,
    m.planid,
    m.node_id,
    m.form,
    m.alias,
    m.samples,
    m.loops,
    m.total_time,
    m.total_time / m.plan_time AS time_ratio,
    -- instead: all rows once, a group or its first rows for each key, and a look-up in them
    CASE WHEN m.form <> 'function' THEN greatest(0, m.total_time - m.samples * (
        coalesce(pass.rows, 0) * CASE m.form WHEN 'lateral' THEN 0.001 ELSE 0.0003 END
        + m.loops::float8 / m.samples * 0.0005)) END AS saved_time,
    c.child_schema,
    c.child_table,
    c.child_column,
    c.parent_schema,
    c.parent_table,
    c.parent_column,
    c.outer_alias
FROM material AS m
LEFT JOIN correlation AS c
    ON (c.userid, c.dbid, c.queryid, c.toplevel, c.planid, c.top)
     = (m.userid, m.dbid, m.queryid, m.toplevel, m.planid, m.node_id)
LEFT JOIN pass
    ON (pass.userid, pass.dbid, pass.queryid, pass.toplevel, pass.planid, pass.top)
     = (m.userid, m.dbid, m.queryid, m.toplevel, m.planid, m.node_id)
WHERE (m.form <> 'lateral' OR c.top IS NOT NULL)
  -- the topmost of those in each other
  AND NOT EXISTS (
      SELECT
      FROM below AS b
      WHERE (b.userid, b.dbid, b.queryid, b.toplevel, b.planid, b.node_id)
          = (m.userid, m.dbid, m.queryid, m.toplevel, m.planid, m.node_id)
        AND b.top <> m.node_id);

COMMENT ON VIEW perfext.plan_loops IS
    'One row per part of a plan that runs again for each row and takes at least 30 % of the '
        'plan''s time: correlated subqueries from 100 loops an execution, LATERAL subqueries and '
            'functions from 1,000';
COMMENT ON COLUMN perfext.plan_loops.userid IS
    'User who ran the statement';
COMMENT ON COLUMN perfext.plan_loops.dbid IS
    'Database it ran in';
COMMENT ON COLUMN perfext.plan_loops.queryid IS
    'Identifier of the statement: joins with perfext.statements';
COMMENT ON COLUMN perfext.plan_loops.toplevel IS
    'Sent by a client, or nested';
COMMENT ON COLUMN perfext.plan_loops.planid IS
    'Identifier of the plan: joins with perfext.plans';
COMMENT ON COLUMN perfext.plan_loops.node_id IS
    'Its topmost node: joins with perfext.plan_nodes';
COMMENT ON COLUMN perfext.plan_loops.form IS
    'subplan: a correlated subquery; lateral: a LATERAL subquery; function: a function in FROM';
COMMENT ON COLUMN perfext.plan_loops.alias IS
    'Its name in the statement';
COMMENT ON COLUMN perfext.plan_loops.samples IS
    'Executions of the statement in which it was measured';
COMMENT ON COLUMN perfext.plan_loops.loops IS
    'Times that it ran in those';
COMMENT ON COLUMN perfext.plan_loops.total_time IS
    'Time that it took in those, ms';
COMMENT ON COLUMN perfext.plan_loops.time_ratio IS
    'Share of that in the plan''s time, 0 to 1';
COMMENT ON COLUMN perfext.plan_loops.saved_time IS
    'What reading its tables once for all rows would save of total_time, ms, by the number of '
        'their rows; NULL for functions';
COMMENT ON COLUMN perfext.plan_loops.child_schema IS
    'Schema of the table that it looks into';
COMMENT ON COLUMN perfext.plan_loops.child_table IS
    'The table that it looks into; NULL: not known';
COMMENT ON COLUMN perfext.plan_loops.child_column IS
    'The column that it looks for';
COMMENT ON COLUMN perfext.plan_loops.parent_schema IS
    'Schema of the table whose rows it runs for';
COMMENT ON COLUMN perfext.plan_loops.parent_table IS
    'The table whose rows it runs for';
COMMENT ON COLUMN perfext.plan_loops.parent_column IS
    'The column of those rows that it looks for';
COMMENT ON COLUMN perfext.plan_loops.outer_alias IS
    'Name of that table in the statement';

GRANT SELECT ON perfext.plan_loops TO PUBLIC;
