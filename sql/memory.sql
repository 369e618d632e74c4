-- Memory and temporary files, of nodes and statements.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_memory;
SET search_path = perfext_memory;
SET perfext.node_timing = 'all';
SET max_parallel_workers_per_gather = 0;
SET jit = off;
SET hash_mem_multiplier = 1;
CREATE TABLE t (a int, b int, c text) WITH (autovacuum_enabled = off);
INSERT INTO t SELECT g, g % 1000, 'some text ' || g FROM generate_series(1, 20000) g;
CREATE INDEX t_a ON t (a);
VACUUM ANALYZE t;
RESET client_min_messages;
-- Of the nodes of a type: what EXPLAIN calls Sort Space Used, Peak Memory Usage ...
CREATE FUNCTION pg_temp.memory(pattern text, type text)
RETURNS TABLE (node_type text, memory bigint, disk bigint, temp_written bigint) LANGUAGE sql AS $$
    SELECT n.node_type, n.peak_memory_bytes, n.disk_bytes, n.temp_blks_written
    FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
    WHERE s.query ~ pattern AND s.query !~ 'pg_temp' AND n.node_type ~ type
$$;
-- What EXPLAIN (ANALYZE) itself says, kB.
CREATE FUNCTION pg_temp.explained(stmt text, key text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE j jsonb;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ' || stmt INTO j;
    RETURN jsonb_path_query_first(j, ('$.**."' || key || '"')::jsonpath)::float8;
END $$;
SELECT perfext.reset() IS NOT NULL AS reset;

-- A sort in memory: as large as EXPLAIN says, and no disk.
SET work_mem = '64MB';
SELECT count(*) AS m_sort FROM (SELECT * FROM t ORDER BY c OFFSET 0) x;
SELECT node_type, memory = 1024 * pg_temp.explained('SELECT count(*) AS m_sort FROM (SELECT * FROM t ORDER BY c OFFSET 0) x', 'Sort Space Used') AS memory,
       coalesce(disk, 0) AS disk, temp_written FROM pg_temp.memory('m_sort', 'Sort');
-- Top-N keeps few rows.
SELECT a AS m_topn FROM t ORDER BY c LIMIT 3;
SELECT node_type, memory BETWEEN 1 AND 100000 AS small, coalesce(disk, 0) AS disk FROM pg_temp.memory('m_topn', 'Sort');
-- A sort that spills: disk as large as EXPLAIN says, memory within work_mem, and temporary blocks
-- at the node and the statement.
SET work_mem = '256kB';
SELECT count(*) AS m_spill FROM (SELECT *, 1 FROM t ORDER BY c OFFSET 0) x;
SELECT node_type, abs(disk / (1024 * pg_temp.explained('SELECT count(*) AS m_spill FROM (SELECT *, 1 FROM t ORDER BY c OFFSET 0) x', 'Sort Space Used')) - 1) < 0.05 AS disk,
       coalesce(memory, 0) <= 2 * 262144 AS memory, temp_written > 50 AS temp_written FROM pg_temp.memory('m_spill', 'Sort');
SELECT temp_blks_written > 50 AS written, temp_blks_read > 50 AS read FROM perfext.statements WHERE query ~ 'AS m_spill' AND toplevel;
-- Incremental sort.
SET work_mem = '64MB';
SET enable_sort = off;
SELECT a, c AS m_incremental FROM t ORDER BY a, c LIMIT 5;
RESET enable_sort;
SELECT node_type, memory > 0 AS memory FROM pg_temp.memory('m_incremental', 'Incremental');

-- A hash table: its peak, as EXPLAIN says.
SET enable_mergejoin = off;
SET enable_nestloop = off;
SELECT count(*) AS m_hash FROM t t1 JOIN t t2 ON t1.a = t2.a;
SELECT node_type, (memory + 1023) / 1024 = pg_temp.explained('SELECT count(*) AS m_hash FROM t t1 JOIN t t2 ON t1.a = t2.a', 'Peak Memory Usage') AS memory,
       coalesce(disk, 0) AS disk FROM pg_temp.memory('m_hash', '^Hash$');
-- In batches: memory near work_mem, temporary blocks at the join.
SET work_mem = '128kB';
SELECT count(*), 1 AS m_batches FROM t t1 JOIN t t2 ON t1.a = t2.a;
SELECT node_type, memory BETWEEN 1 AND 4 * 131072 AS memory FROM pg_temp.memory('m_batches', '^Hash$');
SELECT node_type, temp_written > 0 AS temp_written FROM pg_temp.memory('m_batches', '^Hash Join$');
RESET enable_mergejoin;
RESET enable_nestloop;
-- Hash aggregation, in memory and spilt.
SET work_mem = '64MB';
SET enable_sort = off;
\o /dev/null
SELECT c AS m_agg, count(*) FROM t GROUP BY c LIMIT 1;
\o
SELECT node_type, (memory + 1023) / 1024 = pg_temp.explained('SELECT c AS m_agg, count(*) FROM t GROUP BY c LIMIT 1', 'Peak Memory Usage') AS memory, coalesce(disk, 0) AS disk
FROM pg_temp.memory('m_agg', 'Aggregate');
SET work_mem = '128kB';
\o /dev/null
SELECT c AS m_aggspill, count(*), 1 FROM t GROUP BY c LIMIT 1;
\o
SELECT node_type, memory > 0 AS memory, disk > 100000 AS disk, temp_written > 0 AS temp_written FROM pg_temp.memory('m_aggspill', 'Aggregate');
RESET enable_sort;
-- Memoize.
SET work_mem = '64MB';
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SELECT count(*) AS m_memoize FROM t t1 JOIN t t2 ON t2.a = t1.b WHERE t1.a < 3000;
SELECT node_type, memory > 0 AS memory FROM pg_temp.memory('m_memoize', 'Memoize');
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_material;
-- A node that holds nothing has no figure; not 0.
SELECT count(c) AS m_scan FROM t;
SELECT node_type, memory, disk FROM pg_temp.memory('m_scan', 'Seq Scan');
-- Materialize and CTE scans: where the server tells (18 and later), else NULL.
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SELECT count(*) AS m_material FROM (SELECT a FROM t WHERE a < 50) t1 JOIN (SELECT b FROM t WHERE b < 5) t2 ON t1.a <> t2.b * 2;
SELECT bool_and((memory IS NOT NULL) = (current_setting('server_version_num')::int >= 180000)) AS as_the_server_tells FROM pg_temp.memory('m_material', 'Materialize');
RESET enable_hashjoin;
RESET enable_mergejoin;

-- Over several executions the largest is kept.
SELECT a AS m_largest FROM t WHERE a <= 10 ORDER BY c DESC LIMIT 100000;
SELECT memory AS small FROM pg_temp.memory('m_largest', 'Sort')
\gset
\o /dev/null
SELECT a AS m_largest FROM t WHERE a <= 20000 ORDER BY c DESC LIMIT 100000;
\o
SELECT memory > 10 * :small AS larger FROM pg_temp.memory('m_largest', 'Sort') ORDER BY memory DESC LIMIT 1;
SELECT max(memory) AS large FROM pg_temp.memory('m_largest', 'Sort')
\gset
SELECT a AS m_largest FROM t WHERE a <= 10 ORDER BY c DESC LIMIT 100000;
SELECT max(memory) = :large AS still FROM pg_temp.memory('m_largest', 'Sort');

-- The statement's peak: at least its largest node's, and not out of proportion; the mean is
-- no more than the peak.
SELECT count(*) AS statements, bool_and(s.peak_memory_bytes >= n.memory) AS at_least, bool_and(s.peak_memory_bytes < n.memory * 10 + 10000000) AS not_too_much,
       bool_and(s.mean_memory_bytes BETWEEN 1 AND s.peak_memory_bytes) AS mean
FROM perfext.statements s JOIN (SELECT userid, dbid, queryid, toplevel, max(peak_memory_bytes) AS memory FROM perfext.plan_nodes
                                WHERE coalesce(disk_bytes, 0) = 0 GROUP BY 1, 2, 3, 4) n USING (userid, dbid, queryid, toplevel)
WHERE s.toplevel AND s.query ~ 'AS m_(sort|hash|agg)\M';
-- Utility statements: unknown, which is NULL.
SELECT DISTINCT peak_memory_bytes AS none FROM perfext.statements WHERE query ~* '^(set|reset) ';
-- A small statement takes little, when it was looked at at all.
SELECT 1 AS m_nothing;
SELECT coalesce(peak_memory_bytes, 1) BETWEEN 1 AND 1000000 AS little FROM perfext.statements WHERE query ~ 'AS m_nothing';

SELECT last_error FROM perfext.info;
SET client_min_messages = warning;
DROP SCHEMA perfext_memory CASCADE;
