/* Nodes of plans. Columns: enum NodeColumn in src/sqlapi/plans.c */

CREATE FUNCTION perfext.plan_nodes(
    OUT userid oid,
    OUT dbid oid,
    OUT queryid bigint,
    OUT toplevel boolean,
    OUT planid bigint,
    OUT node_id integer,
    OUT parent_node_id integer,
    OUT depth integer,
    OUT node_type text,
    OUT relid oid,
    OUT schemaname text,
    OUT relname text,
    OUT alias text,
    OUT indexrelid oid,
    OUT index_name text,
    OUT join_type text,
    OUT condition text,
    OUT filter text,
    OUT predicates jsonb,
    OUT samples bigint,
    OUT partial_samples bigint,
    OUT loops bigint,
    OUT complete_loops bigint,
    OUT est_rows float8,
    OUT rows bigint,
    OUT rows_removed bigint,
    OUT startup_time float8,
    OUT total_time float8,
    OUT self_time float8,
    OUT self_time_ratio float8,
    OUT estimate_error float8,
    OUT peak_memory_bytes bigint,
    OUT disk_bytes bigint,
    OUT shared_blks_hit bigint,
    OUT shared_blks_read bigint,
    OUT local_blks bigint,
    OUT temp_blks_read bigint,
    OUT temp_blks_written bigint,
    OUT workers bigint,
    OUT parallel boolean,
    OUT subplan_name text
)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'perfext_plan_nodes_1_0'
LANGUAGE C STRICT VOLATILE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp;

COMMENT ON FUNCTION perfext.plan_nodes() IS
    'What view perfext.plan_nodes shows; text and plans of other users'' statements only for members of pg_read_all_stats';

CREATE VIEW perfext.plan_nodes AS
SELECT * FROM perfext.plan_nodes();

COMMENT ON VIEW perfext.plan_nodes IS
    'One row per node of a plan, over all its timed executions (samples); times in ms, each with result delivery and AFTER triggers left out, which have rows of their own';

COMMENT ON COLUMN perfext.plan_nodes.userid IS
    'User who ran the statement';
COMMENT ON COLUMN perfext.plan_nodes.dbid IS
    'Database it ran in';
COMMENT ON COLUMN perfext.plan_nodes.queryid IS
    'Identifier of the statement: joins with perfext.statements';
COMMENT ON COLUMN perfext.plan_nodes.toplevel IS
    'Sent by a client, or nested';
COMMENT ON COLUMN perfext.plan_nodes.planid IS
    'Identifier of the plan: joins with perfext.plans';
COMMENT ON COLUMN perfext.plan_nodes.node_id IS
    'Number of the node, in the order in which EXPLAIN prints them, the root is 0; -1: (result), sending rows; -2: (triggers), AFTER triggers and foreign-key checks';
COMMENT ON COLUMN perfext.plan_nodes.parent_node_id IS
    'Node above; NULL for the root';
COMMENT ON COLUMN perfext.plan_nodes.depth IS
    'Distance from the root';
COMMENT ON COLUMN perfext.plan_nodes.node_type IS
    'Kind of node, as EXPLAIN names it';
COMMENT ON COLUMN perfext.plan_nodes.relid IS
    'Table scanned or modified; a partition''s topmost parent';
COMMENT ON COLUMN perfext.plan_nodes.schemaname IS
    'Its schema when the plan was first seen';
COMMENT ON COLUMN perfext.plan_nodes.relname IS
    'Its name when the plan was first seen';
COMMENT ON COLUMN perfext.plan_nodes.alias IS
    'Its alias in the statement';
COMMENT ON COLUMN perfext.plan_nodes.indexrelid IS
    'Index used; a partition''s index: that of the topmost parent';
COMMENT ON COLUMN perfext.plan_nodes.index_name IS
    'Its name when the plan was first seen';
COMMENT ON COLUMN perfext.plan_nodes.join_type IS
    'Inner, Left, Semi, Anti ...';
COMMENT ON COLUMN perfext.plan_nodes.condition IS
    'Index, hash or merge condition, sort or group key, constants replaced';
COMMENT ON COLUMN perfext.plan_nodes.filter IS
    'Filter or join filter, constants replaced';
COMMENT ON COLUMN perfext.plan_nodes.predicates IS
    'The filter taken apart: array of column, operator, kind, whether a plain index could serve it, and if not the rewritten predicate';
COMMENT ON COLUMN perfext.plan_nodes.samples IS
    'Executions in which the node was measured';
COMMENT ON COLUMN perfext.plan_nodes.partial_samples IS
    'Of those, given up before the end: their figures are lower bounds';
COMMENT ON COLUMN perfext.plan_nodes.loops IS
    'Times the node was started, over all samples and processes';
COMMENT ON COLUMN perfext.plan_nodes.complete_loops IS
    'Loops that ran until no row was left; fewer than loops: stopped early, as below LIMIT';
COMMENT ON COLUMN perfext.plan_nodes.est_rows IS
    'Rows per loop that the planner expected';
COMMENT ON COLUMN perfext.plan_nodes.rows IS
    'Rows returned, over all samples';
COMMENT ON COLUMN perfext.plan_nodes.rows_removed IS
    'Rows that filters threw away, over all samples';
COMMENT ON COLUMN perfext.plan_nodes.startup_time IS
    'Time until the first row, ms, over all loops and samples';
COMMENT ON COLUMN perfext.plan_nodes.total_time IS
    'Time in the node and below it, ms, over all samples; for nodes below Gather over all processes';
COMMENT ON COLUMN perfext.plan_nodes.self_time IS
    'Time in the node alone, ms, over all samples';
COMMENT ON COLUMN perfext.plan_nodes.self_time_ratio IS
    'self_time as a share of the whole plan''s, 0 to 1';
COMMENT ON COLUMN perfext.plan_nodes.estimate_error IS
    'Ratio (at least 1) between est_rows and the real rows per loop; NULL when never executed';
COMMENT ON COLUMN perfext.plan_nodes.peak_memory_bytes IS
    'Largest memory of the node (sort, hash, aggregate, memoize ...), bytes; NULL: none, or the server does not tell';
COMMENT ON COLUMN perfext.plan_nodes.disk_bytes IS
    'Largest temporary files of the node, bytes';
COMMENT ON COLUMN perfext.plan_nodes.shared_blks_hit IS
    'Shared blocks found in cache, by the node and those below';
COMMENT ON COLUMN perfext.plan_nodes.shared_blks_read IS
    'Shared blocks read, by the node and those below';
COMMENT ON COLUMN perfext.plan_nodes.local_blks IS
    'Local blocks hit and read, by the node and those below';
COMMENT ON COLUMN perfext.plan_nodes.temp_blks_read IS
    'Temporary file blocks read, by the node and those below';
COMMENT ON COLUMN perfext.plan_nodes.temp_blks_written IS
    'Temporary file blocks written, by the node and those below';
COMMENT ON COLUMN perfext.plan_nodes.workers IS
    'Largest number of parallel workers that ran the node';
COMMENT ON COLUMN perfext.plan_nodes.parallel IS
    'Below a Gather: times and rows are sums over several processes';
COMMENT ON COLUMN perfext.plan_nodes.subplan_name IS
    'Of the topmost node of a subquery, CTE or value that is computed apart: SubPlan (for each row), InitPlan (once) or CTE, and its name';

GRANT SELECT ON perfext.plan_nodes TO PUBLIC;
