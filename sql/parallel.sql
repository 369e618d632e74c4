-- Parallel plans: workers' rows, loops, time and memory are in the leader's figures, and
-- the statement is counted once.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_parallel;
SET search_path = perfext_parallel;
-- Runs a statement under EXPLAIN (ANALYZE) and again on its own, both rolled back,
-- and compares what EXPLAIN printed with what perfext measured, node by node in the
-- order that EXPLAIN prints them. EXPLAIN rounds rows and removed rows per loop.
-- Mode "each type": figures are summed up per node type (members of an Append that are one
-- node of perfext's are started once, not once for each). Mode "parallel": how often a node
-- is started by several processes is chance, how many rows it returns is not.
-- Answers "ok", what differs, or that a node type the test is about is not in the plan.
CREATE FUNCTION pg_temp.compare(expect text[], stmt text, mode text DEFAULT 'each node')
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    explained jsonb;
    executions record;
    differences text;
BEGIN
    BEGIN
        EXECUTE 'EXPLAIN (ANALYZE, VERBOSE, TIMING OFF, COSTS OFF, BUFFERS OFF, FORMAT JSON) ' || stmt INTO explained;
        RAISE EXCEPTION USING ERRCODE = 'UE000';
    EXCEPTION WHEN SQLSTATE 'UE000' THEN NULL;
    END;
    PERFORM perfext.reset();
    BEGIN
        EXECUTE stmt;
        RAISE EXCEPTION USING ERRCODE = 'UE000';
    EXCEPTION WHEN SQLSTATE 'UE000' THEN NULL;
    END;

    SELECT sum(s.calls) AS calls, sum(s.failures) AS failures, count(*) AS entries INTO executions
    FROM perfext.statements s WHERE s.queryid = (explained -> 0 ->> 'Query Identifier')::bigint;
    IF executions.calls IS DISTINCT FROM 1 OR executions.failures <> 0 OR executions.entries <> 1 THEN
        RETURN format('calls %s, failures %s, entries %s', executions.calls, executions.failures, executions.entries);
    END IF;

    WITH RECURSIVE walk(path, node) AS (
        SELECT ARRAY[0], explained -> 0 -> 'Plan'
        UNION ALL
        SELECT walk.path || child.ord::int, child.node
        FROM walk, jsonb_array_elements(walk.node -> 'Plans') WITH ORDINALITY AS child(node, ord)
    ), named AS (
        SELECT path, node, CASE WHEN (node ->> 'Parallel Aware')::bool THEN 'Parallel ' ELSE '' END || CASE node ->> 'Node Type'
            WHEN 'Aggregate' THEN CASE node ->> 'Partial Mode' WHEN 'Simple' THEN '' ELSE (node ->> 'Partial Mode') || ' ' END
                || CASE node ->> 'Strategy' WHEN 'Sorted' THEN 'Group' WHEN 'Hashed' THEN 'Hash' WHEN 'Mixed' THEN 'Mixed' ELSE '' END
                || 'Aggregate'
            WHEN 'SetOp' THEN CASE node ->> 'Strategy' WHEN 'Hashed' THEN 'HashSetOp' ELSE 'SetOp' END
            WHEN 'ModifyTable' THEN node ->> 'Operation'
            ELSE node ->> 'Node Type' END AS name
        FROM walk
    ), theirs AS (
        SELECT CASE WHEN mode = 'each type' THEN name ELSE lpad((row_number() OVER (ORDER BY path) - 1)::text, 2, '0') END AS id,
               name AS node_type,
               (node ->> 'Actual Loops')::float8 AS loops,
               (node ->> 'Actual Rows')::float8 * (node ->> 'Actual Loops')::float8 AS rows,
               (coalesce((node ->> 'Rows Removed by Filter')::float8, 0)
                + coalesce((node ->> 'Rows Removed by Join Filter')::float8, 0)
                + coalesce((node ->> 'Rows Removed by Index Recheck')::float8, 0)
                + coalesce((node ->> 'Rows Removed by Conflict Filter')::float8, 0)) * (node ->> 'Actual Loops')::float8 AS removed
        FROM named
    ), theirs_by_id AS (
        SELECT id, string_agg(DISTINCT node_type, ',') AS node_type, sum(loops) AS loops, max(loops) AS max_loops, sum(rows) AS rows, sum(removed) AS removed
        FROM theirs GROUP BY id
    ), ours AS (
        SELECT CASE WHEN mode = 'each type' THEN n.node_type ELSE lpad(n.node_id::text, 2, '0') END AS id, string_agg(DISTINCT n.node_type, ',') AS node_type,
               sum(n.loops) AS loops, sum(n.rows) AS rows, sum(n.rows_removed) AS removed,
               bool_and(n.samples = 1 AND n.partial_samples = 0 AND n.self_time >= 0 AND n.total_time >= n.self_time * 0.999999
                        AND (n.rows = 0 OR n.loops > 0) AND (n.loops = 0 OR n.total_time > 0)) AS sane
        FROM perfext.plan_nodes n
        WHERE n.queryid = (explained -> 0 ->> 'Query Identifier')::bigint AND n.node_id >= 0
        GROUP BY 1
    )
    SELECT string_agg(format('[%s %s %s: rows %s/%s loops %s/%s removed %s/%s %s]', id, o.node_type, t.node_type, o.rows, t.rows,
                             o.loops, t.loops, o.removed, t.removed, CASE WHEN NOT o.sane THEN 'not sane' END), ' ' ORDER BY id)
           FILTER (WHERE starts_with(o.node_type, t.node_type) IS NOT TRUE
                   OR CASE mode WHEN 'each type' THEN o.loops BETWEEN t.max_loops AND t.loops
                        WHEN 'parallel' THEN (o.loops > 0) = (t.loops > 0) ELSE o.loops = t.loops END IS NOT TRUE OR abs(o.rows - t.rows) <= t.loops * 0.5 IS NOT TRUE
                   OR abs(coalesce(o.removed, 0) - t.removed) <= t.loops * 1.5 IS NOT TRUE OR o.sane IS NOT TRUE)
    INTO differences
    FROM theirs_by_id t FULL JOIN ours o USING (id);
    IF differences IS NOT NULL THEN
        RETURN differences;
    END IF;

    SELECT string_agg(format('no %s', e), ', ') INTO differences
    FROM unnest(expect) e
    WHERE NOT jsonb_path_exists(explained, '$.** ? (@."Node Type" == $e || @."Strategy" == $e || @."Parent Relationship" == $e)',
                                jsonb_build_object('e', e));
    RETURN coalesce(differences || ' in the plan', 'ok');
END $$;
SET perfext.node_timing = 'all';
SET jit = off;
CREATE TABLE t (a int, b int, c text) WITH (autovacuum_enabled = off, parallel_workers = 2);
INSERT INTO t SELECT g, g % 100, 'text ' || g FROM generate_series(1, 30000) g;
CREATE TABLE s (a int, b int) WITH (autovacuum_enabled = off, parallel_workers = 2);
INSERT INTO s SELECT g, g % 10 FROM generate_series(1, 10000) g;
CREATE INDEX t_a ON t (a);
VACUUM ANALYZE t, s;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET min_parallel_index_scan_size = 0;

SELECT pg_temp.compare('{Gather,Seq Scan}', 'SELECT * FROM t WHERE b = 5', 'parallel');
SELECT pg_temp.compare('{Gather,Aggregate}', 'SELECT count(*), sum(a) FROM t WHERE b < 50', 'parallel');
SELECT pg_temp.compare('{Gather Merge,Sort}', 'SELECT * FROM t WHERE b < 50 ORDER BY c', 'parallel');
SELECT pg_temp.compare('{Gather Merge}', 'SELECT c, count(*) FROM t GROUP BY c ORDER BY c', 'parallel');
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT pg_temp.compare('{Gather,Index Scan}', 'SELECT count(c) FROM t WHERE a < 20000', 'parallel');
SELECT pg_temp.compare('{Gather,Index Only Scan}', 'SELECT count(a) FROM t WHERE a < 20000', 'parallel');
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET enable_bitmapscan = on;
SELECT pg_temp.compare('{Gather,Bitmap Heap Scan,Bitmap Index Scan}', 'SELECT count(c) FROM t WHERE a < 20000', 'parallel');
RESET enable_indexscan;
RESET enable_indexonlyscan;
RESET enable_seqscan;
RESET enable_bitmapscan;
SET enable_mergejoin = off;
SET enable_nestloop = off;
SELECT pg_temp.compare('{Gather,Hash Join,Hash}', 'SELECT count(*) FROM t JOIN s ON t.b = s.a', 'parallel');
SET work_mem = '64kB';
SELECT pg_temp.compare('{Gather,Hash Join,Hash}', 'SELECT count(*) FROM t t1 JOIN t t2 ON t1.a = t2.a', 'parallel');
RESET work_mem;
SET enable_hashjoin = off;
SET enable_nestloop = on;
SELECT pg_temp.compare('{Gather,Nested Loop}', 'SELECT count(*) FROM s JOIN t ON t.a = s.a WHERE s.b = 3', 'parallel');
RESET enable_hashjoin;
RESET enable_mergejoin;
SELECT pg_temp.compare('{Gather,Append}', 'SELECT a FROM t WHERE b = 3 UNION ALL SELECT a FROM s WHERE b = 3', 'parallel');
SELECT pg_temp.compare('{Gather,InitPlan}', 'SELECT count(*) FROM t WHERE a > (SELECT avg(a) FROM s)', 'parallel');
SELECT pg_temp.compare('{Gather,Limit}', 'SELECT count(*) FROM (SELECT * FROM s LIMIT 100000) x JOIN t ON t.a = x.a', 'parallel');

-- A parallel hash join's build is seen by the function pointer that the shared hash
-- table's setup sets again: rows of all its nodes are there, in leader and workers.
CREATE FUNCTION pg_temp.nodes(pattern text)
RETURNS TABLE (node_type text, relname name, rows bigint, took_time bool)
LANGUAGE sql AS $$
    SELECT n.node_type, n.relname::name, n.rows, n.total_time > 0
    FROM perfext.statements s JOIN perfext.plan_nodes n USING (userid, dbid, queryid, toplevel)
    WHERE s.query ~ pattern AND s.toplevel AND s.query !~ 'pg_temp.nodes' AND n.node_id >= 0
    ORDER BY n.node_id
$$;
SET enable_nestloop = off;
SET enable_mergejoin = off;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT count(*) AS phj FROM t JOIN s ON t.a = s.a;
SELECT * FROM pg_temp.nodes('AS phj');
SELECT calls, rows, parallel_workers_to_launch, parallel_workers_launched BETWEEN 0 AND 2 AS launched
FROM perfext.statements WHERE query ~ 'AS phj' AND toplevel;
-- Without the leader's help too.
SET parallel_leader_participation = off;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT count(*) AS phj FROM t JOIN s ON t.a = s.a;
SELECT * FROM pg_temp.nodes('AS phj');
RESET parallel_leader_participation;
-- When no worker can be started the leader does it all.
SET max_parallel_workers = 0;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT count(*) AS phj FROM t JOIN s ON t.a = s.a;
SELECT * FROM pg_temp.nodes('AS phj');
SELECT calls, parallel_workers_to_launch, parallel_workers_launched FROM perfext.statements WHERE query ~ 'AS phj' AND toplevel;
RESET max_parallel_workers;

-- Counted once, at the top level: workers make no entries. Several executions, the same sums.
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT count(*) AS several FROM t WHERE c <> '';
SELECT count(*) AS several FROM t WHERE c <> '';
SELECT count(*) AS several FROM t WHERE c <> '';
SELECT toplevel, calls, rows FROM perfext.statements WHERE query ~ 'AS several';
SELECT n.node_type, n.rows, n.samples, n.parallel FROM perfext.statements s JOIN perfext.plan_nodes n USING (userid, dbid, queryid, toplevel)
WHERE s.query ~ 'AS several' AND n.node_type ~ 'Scan';
-- A hash table that each process builds for itself is there as often as it was built.
SET enable_parallel_hash = off;
SELECT count(*) AS own_hash, 1 FROM t JOIN s ON t.b = s.a;
SELECT n.node_type, n.rows = 10000 * n.loops AS rows_per_loop, n.loops BETWEEN 1 AND 3 AS loops
FROM perfext.statements s JOIN perfext.plan_nodes n USING (userid, dbid, queryid, toplevel)
WHERE s.query ~ 'AS own_hash' AND n.node_type = 'Hash';
RESET enable_parallel_hash;
-- A statement that workers run inside a function is not another top-level one, and the
-- workers' own query is none.
CREATE FUNCTION half(i int) RETURNS int LANGUAGE plpgsql PARALLEL SAFE IMMUTABLE AS $$
DECLARE n int;
BEGIN
    SELECT i / 2 + count(*) * 0 INTO n FROM (VALUES (1)) v;
    RETURN n;
END $$;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT count(half(a)) AS halves FROM s;
SELECT calls, rows FROM perfext.statements WHERE query ~ 'AS halves' OR query ~ 'FROM \(VALUES' AND toplevel;

-- CPU and blocks of the workers are the statement's.
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT count(*) AS work FROM t WHERE sqrt(a) + ln(a) + length(c) > 10 AND md5(c) > '0';
SELECT cpu_time > 0 AS cpu, shared_blks_hit + shared_blks_read >= pg_relation_size('t') / current_setting('block_size')::int AS all_blocks
FROM perfext.statements WHERE query ~ 'AS work';

-- Memory and disk of sorts and hashes in the workers.
SET max_parallel_workers = 8;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT count(*) AS sorted FROM (SELECT * FROM t ORDER BY c OFFSET 0) x;
SELECT bool_or(n.peak_memory_bytes > 100000) AS sort_memory FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query ~ 'AS sorted' AND n.node_type = 'Sort';
SET work_mem = '64kB';
SELECT count(*) AS sorted, 1 AS spilt FROM (SELECT * FROM t ORDER BY c OFFSET 0) x;
SELECT bool_or(disk_bytes > 100000) AS sort_disk FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query ~ 'AS spilt' AND n.node_type = 'Sort';
SELECT temp_blks_written > 0 AS temp_blks FROM perfext.statements WHERE query ~ 'AS spilt';
RESET work_mem;
SELECT count(*) AS hashed FROM t JOIN s ON t.a = s.a AND t.c <> '';
SELECT bool_or(n.peak_memory_bytes > 100000) AS hash_memory FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query ~ 'AS hashed' AND n.node_type ~ 'Hash$';
-- With the leader not helping, what is known comes from the workers.
SET parallel_leader_participation = off;
SELECT count(*) AS sorted2, 2, 3 FROM (SELECT * FROM t ORDER BY c DESC OFFSET 0) x;
SELECT bool_or(n.peak_memory_bytes > 100000) AS sort_memory FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query ~ 'AS sorted2' AND n.node_type = 'Sort';
RESET parallel_leader_participation;

-- An error in a worker is one failure of the statement.
\set VERBOSITY terse
SELECT count(*) AS broken FROM t WHERE 1 / (a - 29999) > 0;
\set VERBOSITY default
SELECT toplevel, calls, failures FROM perfext.statements WHERE query ~ 'AS broken';
-- And all works after it.
SELECT count(*) AS several FROM t WHERE c <> '';
SELECT calls FROM perfext.statements WHERE query ~ 'AS several';

-- The figures with auto timing: the leader's decision holds for the workers.
SET perfext.node_timing = 'auto';
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT count(*) AS several FROM t WHERE c <> '';
SELECT n.samples, n.rows FROM perfext.statements s JOIN perfext.plan_nodes n USING (userid, dbid, queryid, toplevel)
WHERE s.query ~ 'AS several' AND n.node_type ~ 'Scan';
SET perfext.node_timing = 'off';
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT count(*) AS several FROM t WHERE c <> '';
SELECT s.calls, s.rows, (SELECT count(*) FROM perfext.plan_nodes n WHERE n.queryid = s.queryid AND n.samples > 0) AS timed_nodes
FROM perfext.statements s WHERE s.query ~ 'AS several';

SELECT render_failures, dropped, last_error FROM perfext.info;
DROP SCHEMA perfext_parallel CASCADE;
