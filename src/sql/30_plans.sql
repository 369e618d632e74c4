/* Plans. Columns: enum PlanColumn in src/sqlapi/plans.c */

CREATE FUNCTION perfext.plans(
    showplan boolean DEFAULT true,
    OUT userid oid,
    OUT dbid oid,
    OUT queryid bigint,
    OUT toplevel boolean,
    OUT planid bigint,
    OUT calls bigint,
    OUT total_exec_time float8,
    OUT min_exec_time float8,
    OUT max_exec_time float8,
    OUT mean_exec_time float8,
    OUT stddev_exec_time float8,
    OUT p50_exec_time float8,
    OUT p95_exec_time float8,
    OUT p99_exec_time float8,
    OUT samples bigint,
    OUT partial_samples bigint,
    OUT sampled_exec_time float8,
    OUT first_seen timestamptz,
    OUT last_seen timestamptz,
    OUT plan jsonb
)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'perfext_plans_1_0'
LANGUAGE C STRICT VOLATILE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp;

COMMENT ON FUNCTION perfext.plans(boolean) IS
    'What view perfext.plans shows, without the plans themselves (NULL) when showplan is false, which is much faster; text and plans of other users'' statements only for members of pg_read_all_stats';

CREATE VIEW perfext.plans AS
SELECT * FROM perfext.plans();

COMMENT ON VIEW perfext.plans IS
    'One row per plan that a statement was executed with; every execution counted; times in ms';

COMMENT ON COLUMN perfext.plans.userid IS
    'User who ran the statement';
COMMENT ON COLUMN perfext.plans.dbid IS
    'Database it ran in';
COMMENT ON COLUMN perfext.plans.queryid IS
    'Identifier of the statement: joins with perfext.statements';
COMMENT ON COLUMN perfext.plans.toplevel IS
    'Sent by a client, or nested';
COMMENT ON COLUMN perfext.plans.planid IS
    'Identifier of the plan''s shape: node types, relations (partitions by their parent), indexes, joins; not constants, costs or rows';
COMMENT ON COLUMN perfext.plans.calls IS
    'Executions with this plan that completed';
COMMENT ON COLUMN perfext.plans.total_exec_time IS
    'Time of those, ms';
COMMENT ON COLUMN perfext.plans.min_exec_time IS
    'Shortest, ms';
COMMENT ON COLUMN perfext.plans.max_exec_time IS
    'Longest, ms';
COMMENT ON COLUMN perfext.plans.mean_exec_time IS
    'Mean, ms';
COMMENT ON COLUMN perfext.plans.stddev_exec_time IS
    'Standard deviation, ms';
COMMENT ON COLUMN perfext.plans.p50_exec_time IS
    'Half of the executions took no longer, ms (relative error at most 1.6 %)';
COMMENT ON COLUMN perfext.plans.p95_exec_time IS
    '95 % of the executions took no longer, ms (relative error at most 1.6 %)';
COMMENT ON COLUMN perfext.plans.p99_exec_time IS
    '99 % of the executions took no longer, ms (relative error at most 1.6 %)';
COMMENT ON COLUMN perfext.plans.samples IS
    'Executions whose nodes were timed';
COMMENT ON COLUMN perfext.plans.partial_samples IS
    'Of those, executions whose timing was given up before the end because it cost too much';
COMMENT ON COLUMN perfext.plans.sampled_exec_time IS
    'Execution time of the samples, ms';
COMMENT ON COLUMN perfext.plans.first_seen IS
    'First execution with this plan';
COMMENT ON COLUMN perfext.plans.last_seen IS
    'Last execution with this plan';
COMMENT ON COLUMN perfext.plans.plan IS
    'The plan as EXPLAIN (FORMAT JSON) gives it, constants replaced, with the actual figures of the slowest sampled execution; NULL until sampled, and without privilege';

GRANT SELECT ON perfext.plans TO PUBLIC;
