-- Per node: rows, loops and removed rows are exactly those of EXPLAIN ANALYZE.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_nodes;
SET search_path = perfext_nodes;
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
SET max_parallel_workers_per_gather = 0;
SET jit = off;
CREATE TABLE t (a int, b int, c text) WITH (autovacuum_enabled = off);
INSERT INTO t SELECT g, g % 100, 'text ' || g FROM generate_series(1, 10000) g;
CREATE INDEX t_a ON t (a);
CREATE INDEX t_b ON t (b);
CREATE TABLE s (a int, b int) WITH (autovacuum_enabled = off);
INSERT INTO s SELECT g, g % 10 FROM generate_series(1, 100) g;
CREATE INDEX s_a ON s (a);
-- Three rows a page: an index is worth it, and its bitmap can be too large.
CREATE TABLE wide (a int, b int, c char(2500) DEFAULT '') WITH (autovacuum_enabled = off);
ALTER TABLE wide ALTER c SET STORAGE plain;
INSERT INTO wide SELECT g, g * 7 % 20 FROM generate_series(1, 5000) g;
CREATE INDEX wide_a ON wide (a);
CREATE INDEX wide_b ON wide (b);
VACUUM ANALYZE t, s, wide;

-- Scans.
SELECT pg_temp.compare('{Seq Scan}', 'SELECT * FROM t WHERE c LIKE ''%7''');
SET enable_seqscan = off;
SELECT pg_temp.compare('{Seq Scan}', 'SELECT * FROM t');
SET enable_bitmapscan = off;
SELECT pg_temp.compare('{Index Scan}', 'SELECT * FROM t WHERE a < 500 AND c LIKE ''%7''');
SELECT pg_temp.compare('{Index Only Scan}', 'SELECT a FROM t WHERE a < 500 AND a % 2 = 0');
SELECT pg_temp.compare('{Index Scan}', 'SELECT * FROM t WHERE a IN (1, 2, 3, 20000) ORDER BY a DESC');
SET enable_bitmapscan = on;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SELECT pg_temp.compare('{Bitmap Heap Scan,Bitmap Index Scan}', 'SELECT * FROM t WHERE b = 5 AND c LIKE ''%5''');
SELECT pg_temp.compare('{BitmapAnd}', 'SELECT a FROM wide WHERE b = 5 AND a BETWEEN 1000 AND 1200');
SELECT pg_temp.compare('{BitmapOr}', 'SELECT * FROM t WHERE b = 5 OR a < 100');
-- Lossy bitmaps: rows thrown away by the recheck are removed rows.
SET work_mem = '64kB';
SELECT pg_temp.compare('{Bitmap Heap Scan}', 'SELECT a FROM wide WHERE b < 10 AND a % 10 <> 7');
SELECT bool_or(n.rows_removed > 500) AS rechecked FROM perfext.plan_nodes n WHERE n.node_type = 'Bitmap Heap Scan' AND n.relname = 'wide';
RESET work_mem;
RESET enable_indexscan;
RESET enable_indexonlyscan;
RESET enable_seqscan;
SELECT pg_temp.compare('{Tid Scan}', 'SELECT * FROM t WHERE ctid IN (''(0,1)'', ''(0,2)'', ''(9999,1)'')');
SELECT pg_temp.compare('{Tid Range Scan}', 'SELECT * FROM t WHERE ctid < ''(3,1)''');
SELECT pg_temp.compare('{Sample Scan}', 'SELECT * FROM t TABLESAMPLE SYSTEM (10) REPEATABLE (1)');
SELECT pg_temp.compare('{Function Scan}', 'SELECT * FROM generate_series(1, 100) g WHERE g % 3 = 0');
SELECT pg_temp.compare('{Values Scan}', 'SELECT * FROM (VALUES (1), (2), (3)) v(x) WHERE x + random() > 2');
SELECT pg_temp.compare('{Result}', 'SELECT 1 WHERE random() < 2');
SELECT pg_temp.compare('{Result}', 'SELECT * FROM t WHERE random() < -1 AND false');
SELECT pg_temp.compare('{ProjectSet}', 'SELECT generate_series(1, b) FROM s');

-- Joins: nested loops with rescans, hash and merge joins, all kinds.
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_memoize = off;
SELECT pg_temp.compare('{Nested Loop}', 'SELECT * FROM s JOIN t ON t.a = s.a WHERE t.c LIKE ''%1''');
SELECT pg_temp.compare('{Nested Loop,Materialize}', 'SELECT * FROM s JOIN s s2 ON s.a * 2 < s2.b');
SELECT pg_temp.compare('{Nested Loop}', 'SELECT * FROM s LEFT JOIN t ON t.a = s.a AND s.b > 5 AND t.b <> s.b');
SELECT pg_temp.compare('{Nested Loop}', 'SELECT * FROM s LEFT JOIN t ON t.a = s.a AND t.b > 50 WHERE coalesce(t.b, 7) > 60');
SELECT pg_temp.compare('{Nested Loop}', 'SELECT * FROM s WHERE EXISTS (SELECT FROM t WHERE t.b = s.b AND t.a > 9000)');
SELECT pg_temp.compare('{Nested Loop}', 'SELECT * FROM s WHERE NOT EXISTS (SELECT FROM t WHERE t.a = s.a * 200)');
SELECT pg_temp.compare('{Nested Loop,Limit}', 'SELECT * FROM s, LATERAL (SELECT * FROM t WHERE t.b = s.b ORDER BY t.a DESC LIMIT 3) l');
SET enable_memoize = on;
SET enable_material = off;
SELECT pg_temp.compare('{Memoize}', 'SELECT * FROM s JOIN t ON t.a = s.b');
RESET enable_material;
SET enable_nestloop = off;
SET enable_hashjoin = on;
SELECT pg_temp.compare('{Hash Join,Hash}', 'SELECT * FROM s JOIN t ON t.b = s.a');
SELECT pg_temp.compare('{Hash Join,Hash}', 'SELECT * FROM t LEFT JOIN s ON t.b = s.a AND t.a < s.b * 1000');
SELECT pg_temp.compare('{Hash Join,Hash}', 'SELECT * FROM t LEFT JOIN s ON t.a = s.a WHERE coalesce(s.b, t.b) > 60');
SELECT pg_temp.compare('{Hash Join,Hash}', 'SELECT * FROM t FULL JOIN s ON t.a = s.a + 9950');
SELECT pg_temp.compare('{Hash Join,Hash}', 'SELECT * FROM t WHERE NOT EXISTS (SELECT FROM s WHERE s.a = t.b)');
-- An empty inner side ends the join before the outer side is read.
SELECT pg_temp.compare('{Hash Join,Hash}', 'SELECT * FROM t JOIN s ON t.b = s.a WHERE s.b = 77');
-- A hash join in several batches.
SET work_mem = '64kB';
SELECT pg_temp.compare('{Hash Join,Hash}', 'SELECT * FROM t t1 JOIN t t2 ON t1.c = t2.c');
RESET work_mem;
-- A hash table that is kept, and one that is made again, at a rescan.
SET enable_material = off;
SET enable_memoize = off;
SELECT pg_temp.compare('{Hash Join}', 'SELECT (SELECT count(*) FROM t JOIN s s2 ON t.b = s2.a WHERE t.a < s.a * 2) FROM s WHERE s.b = 1');
SELECT pg_temp.compare('{Hash Join}', 'SELECT (SELECT count(*) FROM t JOIN s s2 ON t.b = s2.a WHERE s2.a < s.a) FROM s WHERE s.b = 1');
RESET enable_material;
RESET enable_memoize;
SET enable_hashjoin = off;
SET enable_mergejoin = on;
SELECT pg_temp.compare('{Merge Join,Sort}', 'SELECT * FROM s JOIN t ON t.b = s.b');
SELECT pg_temp.compare('{Merge Join}', 'SELECT * FROM t FULL JOIN s ON t.a = s.a + 9950');
RESET enable_nestloop;
RESET enable_hashjoin;

-- Aggregates, sorts, windows, sets.
SELECT pg_temp.compare('{Aggregate,Plain}', 'SELECT count(*), sum(a) FROM t WHERE b < 50');
SET enable_sort = off;
SELECT pg_temp.compare('{Aggregate,Hashed}', 'SELECT b, count(*) FROM t GROUP BY b HAVING count(*) > 100 OR b < 5');
SELECT pg_temp.compare('{Aggregate,Hashed}', 'SELECT DISTINCT b % 10 FROM t');
RESET enable_sort;
SET enable_hashagg = off;
SELECT pg_temp.compare('{Aggregate,Sorted}', 'SELECT c, count(*) FROM t GROUP BY c HAVING min(b) > 50');
SELECT pg_temp.compare('{Unique}', 'SELECT DISTINCT b, c FROM t');
RESET enable_hashagg;
SELECT pg_temp.compare('{Aggregate}', 'SELECT b, a % 3, count(*) FROM t GROUP BY ROLLUP (b, a % 3)');
SELECT pg_temp.compare('{Aggregate}', 'SELECT b, a % 3, count(*) FROM t GROUP BY GROUPING SETS ((b), (a % 3), ())');
SELECT pg_temp.compare('{Sort}', 'SELECT * FROM t ORDER BY c');
SET work_mem = '64kB';
SELECT pg_temp.compare('{Sort}', 'SELECT * FROM t ORDER BY c');
SELECT pg_temp.compare('{Aggregate}', 'SELECT c, count(*) FROM t GROUP BY c');
RESET work_mem;
SET enable_seqscan = off;
SET enable_sort = off;
SELECT pg_temp.compare('{Incremental Sort}', 'SELECT * FROM t ORDER BY a, c LIMIT 200');
SELECT pg_temp.compare('{Incremental Sort}', 'SELECT * FROM t ORDER BY b, c');
RESET enable_sort;
RESET enable_seqscan;
SELECT pg_temp.compare('{WindowAgg}', 'SELECT a, rank() OVER (PARTITION BY b ORDER BY a) FROM t');
SELECT pg_temp.compare('{WindowAgg}', 'SELECT * FROM (SELECT a, row_number() OVER (ORDER BY a) AS n FROM t) x WHERE n < 10');
SELECT pg_temp.compare('{SetOp}', 'SELECT b FROM t EXCEPT SELECT a FROM s');
SELECT pg_temp.compare('{Append}', 'SELECT a FROM s UNION ALL SELECT b FROM t WHERE a < 10');
SET enable_hashagg = off;
SELECT pg_temp.compare('{SetOp}', 'SELECT b FROM t INTERSECT ALL SELECT a FROM s');
RESET enable_hashagg;

-- LIMIT stops the nodes below it early; some are never started.
SELECT pg_temp.compare('{Limit,Seq Scan}', 'SELECT * FROM t WHERE a % 100 = 7 LIMIT 5');
SELECT pg_temp.compare('{Limit}', 'SELECT * FROM t LIMIT 0');
SELECT pg_temp.compare('{Limit,Append}', 'SELECT a FROM s UNION ALL SELECT b FROM t LIMIT 5');
SELECT pg_temp.compare('{Limit,Sort}', 'SELECT * FROM t ORDER BY c LIMIT 5 OFFSET 10');

-- SubPlans and InitPlans: used often, once, never.
SELECT pg_temp.compare('{SubPlan}', 'SELECT a, (SELECT max(t.a) FROM t WHERE t.b = s.b) FROM s WHERE a < 20');
SELECT pg_temp.compare('{SubPlan}', 'SELECT a FROM s WHERE a NOT IN (SELECT b FROM t WHERE t.a < 90)');
SELECT pg_temp.compare('{SubPlan}', 'SELECT CASE WHEN a > 1000 THEN (SELECT max(t.a) FROM t WHERE t.b = s.b) END FROM s');
SELECT pg_temp.compare('{InitPlan}', 'SELECT a FROM s WHERE a > (SELECT avg(b) FROM t)');
SELECT pg_temp.compare('{InitPlan}', 'SELECT a FROM s WHERE a > 1000 AND b > (SELECT avg(b) FROM t)');
SELECT pg_temp.compare('{InitPlan}', 'SELECT EXISTS (SELECT FROM t WHERE b = 3), ARRAY(SELECT a FROM s)');

-- CTEs: materialised, inlined, used twice, not used up, recursive, writing.
SELECT pg_temp.compare('{CTE Scan}', 'WITH w AS MATERIALIZED (SELECT * FROM t WHERE b < 10) SELECT * FROM w WHERE a < 100');
SELECT pg_temp.compare('{Seq Scan}', 'WITH w AS NOT MATERIALIZED (SELECT * FROM t WHERE b + 0 < 10) SELECT * FROM w WHERE c LIKE ''%1''');
SELECT pg_temp.compare('{CTE Scan}', 'WITH w AS (SELECT b, count(*) FROM t GROUP BY b) SELECT * FROM w w1 JOIN w w2 ON w1.b = w2.b + 1');
SELECT pg_temp.compare('{CTE Scan,Limit}', 'WITH w AS MATERIALIZED (SELECT * FROM t) SELECT * FROM w LIMIT 10');
SELECT pg_temp.compare('{Recursive Union,WorkTable Scan}', 'WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 50) SELECT * FROM r');
SELECT pg_temp.compare('{Recursive Union}', 'WITH RECURSIVE r(n) AS (SELECT a FROM s WHERE a = 1 UNION SELECT t.a FROM r JOIN t ON t.a = r.n + 1 AND t.a < 40) SELECT count(*) FROM r');
SELECT pg_temp.compare('{ModifyTable,CTE Scan}', 'WITH w AS (INSERT INTO s SELECT g, g FROM generate_series(1, 20) g RETURNING a) SELECT * FROM w WHERE a > 5');
-- A writing CTE that nobody reads is run to its end.
SELECT pg_temp.compare('{ModifyTable}', 'WITH w AS (DELETE FROM s WHERE b = 1 RETURNING a) SELECT 1');

-- Writing, with and without RETURNING.
SELECT pg_temp.compare('{ModifyTable}', 'INSERT INTO s SELECT a, b FROM t WHERE a <= 300');
SELECT pg_temp.compare('{ModifyTable}', 'INSERT INTO s VALUES (1, 2), (3, 4) RETURNING *');
SET enable_bitmapscan = off;
SELECT pg_temp.compare('{ModifyTable}', 'UPDATE t SET c = ''new'' WHERE b = 8 AND a < 5000');
SELECT pg_temp.compare('{ModifyTable}', 'UPDATE t SET b = s.b FROM s WHERE s.a = t.a RETURNING t.*');
SELECT pg_temp.compare('{ModifyTable}', 'DELETE FROM t USING s WHERE s.a = t.b AND s.b = 3 RETURNING t.a');
RESET enable_bitmapscan;
SELECT pg_temp.compare('{ModifyTable}', 'MERGE INTO s USING (SELECT a, b FROM t WHERE a BETWEEN 90 AND 120) x ON s.a = x.a WHEN MATCHED AND s.b > 5 THEN DELETE WHEN MATCHED THEN UPDATE SET b = x.b WHEN NOT MATCHED THEN INSERT VALUES (x.a, x.b)');
CREATE UNIQUE INDEX s_key ON s (a);
SELECT pg_temp.compare('{ModifyTable}', 'INSERT INTO s SELECT g, 0 FROM generate_series(95, 105) g ON CONFLICT (a) DO UPDATE SET b = 1 WHERE s.a > 97 RETURNING a');
SELECT pg_temp.compare('{ModifyTable}', 'INSERT INTO s SELECT g, 0 FROM generate_series(95, 105) g ON CONFLICT DO NOTHING');
SELECT pg_temp.compare('{LockRows}', 'SELECT * FROM s WHERE b = 3 FOR UPDATE');

-- Triggers: the statement's nodes stay its own.
CREATE FUNCTION log_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count(*) FROM t WHERE a = NEW.a;
    RETURN NEW;
END $$;
CREATE TRIGGER before_row BEFORE INSERT OR UPDATE ON s FOR EACH ROW EXECUTE FUNCTION log_row();
CREATE TRIGGER after_row AFTER INSERT OR UPDATE ON s FOR EACH ROW EXECUTE FUNCTION log_row();
SELECT pg_temp.compare('{ModifyTable}', 'INSERT INTO s SELECT 1000 + g, g FROM generate_series(1, 30) g');
SELECT pg_temp.compare('{ModifyTable}', 'UPDATE s SET b = b + 1 WHERE b < 3 RETURNING a');
-- AFTER triggers have a row of their own, with their time; BEFORE triggers are in the node.
SELECT perfext.reset() IS NOT NULL AS reset;
INSERT INTO s SELECT 2000 + g, g FROM generate_series(1, 100) g;
SELECT n.node_id, n.node_type, n.self_time > 0 AS self_time
FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query LIKE 'INSERT INTO s SELECT %' AND toplevel ORDER BY n.node_id;
SELECT bool_or(n.node_id = -2 AND n.total_time > 0.05) AS triggers_took_time
FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query LIKE 'INSERT INTO s SELECT %' AND toplevel;

-- Partitions: what EXPLAIN prints for each is summed up in the parent's name.
CREATE TABLE p (a int, b int, c text) PARTITION BY RANGE (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (1000) WITH (autovacuum_enabled = off);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (1000) TO (2000) WITH (autovacuum_enabled = off);
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (2000) TO (3000) WITH (autovacuum_enabled = off);
INSERT INTO p SELECT g, g % 10, 'x' || g FROM generate_series(1, 2999) g;
CREATE INDEX p_a ON p (a);
VACUUM ANALYZE p;
SELECT pg_temp.compare('{Append,Seq Scan}', 'SELECT * FROM p WHERE b = 3', 'each type');
SELECT pg_temp.compare('{Append}', 'SELECT * FROM p WHERE a < 1500 AND b = 3', 'each type');
SET enable_sort = off;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT pg_temp.compare('{Merge Append,Index Scan}', 'SELECT * FROM (SELECT * FROM p WHERE b < 5 UNION ALL SELECT a, b, c FROM t) x ORDER BY a', 'each type');
RESET enable_sort;
RESET enable_seqscan;
RESET enable_bitmapscan;
-- Pruning at run time, by a parameter of the nested loop: some partitions never run.
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_memoize = off;
SELECT pg_temp.compare('{Nested Loop,Append}', 'SELECT * FROM s JOIN p ON p.a = s.a WHERE s.a < 50', 'each type');
SELECT pg_temp.compare('{Append}', 'SELECT * FROM p WHERE a = (SELECT min(a) + 1500 FROM s)', 'each type');
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_memoize;
SELECT pg_temp.compare('{ModifyTable}', 'UPDATE p SET b = b + 1 WHERE c LIKE ''%9'' RETURNING a', 'each type');
SELECT pg_temp.compare('{ModifyTable}', 'INSERT INTO p SELECT a, b, c FROM t WHERE a < 2500', 'each type');
SET enable_partitionwise_aggregate = on;
SET enable_partitionwise_join = on;
SELECT pg_temp.compare('{Append,Aggregate}', 'SELECT a / 1000, count(*) FROM p GROUP BY 1', 'each type');
SELECT pg_temp.compare('{Hash Join}', 'SELECT count(*) FROM p p1 JOIN p p2 ON p1.a = p2.a WHERE p2.b = 3', 'each type');
RESET enable_partitionwise_aggregate;
RESET enable_partitionwise_join;
-- Inheritance.
CREATE TABLE i1 () INHERITS (s);
INSERT INTO i1 SELECT g, g FROM generate_series(1, 50) g;
SELECT pg_temp.compare('{Append}', 'SELECT * FROM s WHERE b < 8', 'each type');

-- A node over several executions: samples counts them, the rest are sums.
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT count(c) FROM t WHERE a % 100 < 10;
SELECT count(c) FROM t WHERE a % 100 < 20;
SELECT count(c) FROM t WHERE a % 100 < 30;
SELECT n.node_id, n.depth, n.parent_node_id, n.node_type, n.relname, n.samples, n.loops, n.rows, n.rows_removed, n.complete_loops
FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query = 'SELECT count(c) FROM t WHERE a % $1 < $2' AND n.node_id >= 0 AND n.node_type = 'Seq Scan';
SELECT p.samples, p.calls, s.calls AS statement_calls, p.partial_samples FROM perfext.plans p JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query = 'SELECT count(c) FROM t WHERE a % $1 < $2';

-- The estimate's error is a ratio of at least 1, per loop, not over all loops.
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_memoize = off;
SELECT count(*) FROM s s1 JOIN t ON t.a = s1.a AND t.b >= 0;
SELECT n.relname, n.loops > 50 AS many_loops, n.estimate_error BETWEEN 1 AND 1.5 AS good_estimate
FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query LIKE 'SELECT count(*) FROM s s1 JOIN t%' AND n.relname = 't' AND n.node_type LIKE 'Index%';
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_memoize;
SELECT count(c) FROM t WHERE a % 100 = b;
SELECT n.estimate_error BETWEEN 150 AND 250 AS underestimated FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query = 'SELECT count(c) FROM t WHERE a % $1 = b' AND n.node_type = 'Seq Scan';

-- node_timing = off measures no nodes.
SET perfext.node_timing = 'off';
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT count(c) AS not_timed FROM t;
SELECT s.calls, p.calls AS plan_calls, coalesce(p.samples, 0) AS samples,
       (SELECT coalesce(sum(n.samples), 0) FROM perfext.plan_nodes n WHERE n.queryid = s.queryid) AS node_samples
FROM perfext.statements s LEFT JOIN perfext.plans p USING (userid, dbid, queryid, toplevel) WHERE s.query = 'SELECT count(c) AS not_timed FROM t';
-- auto measures at least the first execution of a new statement.
SET perfext.node_timing = 'auto';
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT count(c) AS timed FROM t;
SELECT n.node_type, n.samples, n.rows FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query = 'SELECT count(c) AS timed FROM t' AND n.node_type = 'Seq Scan';

SELECT render_failures, last_error FROM perfext.info;
DROP SCHEMA perfext_nodes CASCADE;
