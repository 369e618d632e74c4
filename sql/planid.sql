-- The identity of plans: their shape, not their constants, costs or numbers of partitions.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_planid;
SET search_path = perfext_planid;
SET perfext.node_timing = 'all';
SET max_parallel_workers_per_gather = 0;
CREATE TABLE t (a int, b int, c text) WITH (autovacuum_enabled = off);
INSERT INTO t SELECT g, g % 10, 'text ' || g FROM generate_series(1, 5000) g;
CREATE INDEX t_a ON t (a);
CREATE INDEX t_b ON t (b);
CREATE TABLE s (a int, b int) WITH (autovacuum_enabled = off);
INSERT INTO s SELECT g, g % 10 FROM generate_series(1, 1000) g;
CREATE INDEX s_a ON s (a);
VACUUM ANALYZE t, s;
RESET client_min_messages;
-- Runs a statement with some settings and answers with the identifier of its plan.
CREATE FUNCTION pg_temp.planid(stmt text, VARIADIC settings text[] DEFAULT '{}') RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    setting text;
    id bigint;
    explained jsonb;
BEGIN
    FOREACH setting IN ARRAY settings LOOP
        PERFORM set_config(split_part(setting, '=', 1), split_part(setting, '=', 2), true);
    END LOOP;
    EXECUTE 'EXPLAIN (VERBOSE, FORMAT JSON) ' || stmt INTO explained;
    PERFORM perfext.reset();
    EXECUTE stmt;
    FOREACH setting IN ARRAY settings LOOP
        EXECUTE format('RESET %s', split_part(setting, '=', 1));
    END LOOP;
    SELECT p.planid INTO STRICT id FROM perfext.plans p WHERE p.queryid = (explained -> 0 ->> 'Query Identifier')::bigint;
    RETURN id;
END $$;
-- The function can tell.
SELECT pg_temp.planid('SELECT * FROM t WHERE a = 1') IS NOT NULL AS has_id, pg_temp.planid('SELECT * FROM t WHERE a = 1') <> 0 AS not_zero;

-- Other constants, other limits, other costs, and again: the same.
SELECT pg_temp.planid('SELECT * FROM t WHERE a = 1') = pg_temp.planid('SELECT * FROM t WHERE a = 4711') AS same;
SELECT pg_temp.planid('SELECT * FROM t WHERE c = ''x'' LIMIT 1') = pg_temp.planid('SELECT * FROM t WHERE c = ''yyyy'' LIMIT 100') AS same;
SELECT pg_temp.planid('SELECT * FROM t WHERE a = 1') = pg_temp.planid('SELECT * FROM t WHERE a = 1', 'random_page_cost=1.1', 'cpu_tuple_cost=0.02') AS same;
SELECT pg_temp.planid('SELECT b, count(*) FROM t GROUP BY b') = pg_temp.planid('SELECT b, count(*) FROM t GROUP BY b', 'work_mem=100MB') AS same;
SELECT pg_temp.planid('SELECT * FROM t ORDER BY c') = pg_temp.planid('SELECT * FROM t ORDER BY c', 'work_mem=64kB') AS same;
SELECT pg_temp.planid('SELECT * FROM t WHERE a IN (1, 2)') = pg_temp.planid('SELECT * FROM t WHERE a IN (7, 8)') AS same;
-- More rows, new statistics, the same shape.
SELECT pg_temp.planid('SELECT count(c) FROM t WHERE c LIKE ''%1''') AS before
\gset
INSERT INTO t SELECT g, g % 10, 'text ' || g FROM generate_series(5001, 9000) g;
ANALYZE t;
SELECT pg_temp.planid('SELECT count(c) FROM t WHERE c LIKE ''%1''') = :before AS same;
-- Nested or at the top level, it is one plan.
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT count(c) AS twice FROM t WHERE b = 1;
DO $$ BEGIN EXECUTE 'SELECT count(c) AS twice FROM t WHERE b = 2'; END $$;
SELECT count(*) AS entries, count(DISTINCT p.planid) AS plans FROM perfext.plans p JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query ~ 'AS twice';

-- Another access, index, join, join order, aggregation or sort: another.
SELECT pg_temp.planid('SELECT * FROM t WHERE a = 1') <> pg_temp.planid('SELECT * FROM t WHERE a = 1', 'enable_indexscan=off', 'enable_bitmapscan=off') AS other;
SELECT pg_temp.planid('SELECT * FROM t WHERE a = 1', 'enable_bitmapscan=off') <> pg_temp.planid('SELECT * FROM t WHERE a = 1', 'enable_indexscan=off', 'enable_seqscan=off') AS other;
SELECT pg_temp.planid('SELECT a FROM t WHERE a < 10', 'enable_indexonlyscan=off', 'enable_bitmapscan=off') <> pg_temp.planid('SELECT a FROM t WHERE a < 10', 'enable_bitmapscan=off') AS other;
SELECT count(DISTINCT id) AS three_joins FROM (VALUES
    (pg_temp.planid('SELECT count(*) FROM t JOIN s ON t.a = s.a', 'enable_mergejoin=off', 'enable_nestloop=off')),
    (pg_temp.planid('SELECT count(*) FROM t JOIN s ON t.a = s.a', 'enable_hashjoin=off', 'enable_nestloop=off')),
    (pg_temp.planid('SELECT count(*) FROM t JOIN s ON t.a = s.a', 'enable_hashjoin=off', 'enable_mergejoin=off'))) v(id);
SELECT pg_temp.planid('SELECT b, count(*) FROM t GROUP BY b', 'enable_hashagg=off') <> pg_temp.planid('SELECT b, count(*) FROM t GROUP BY b', 'enable_sort=off') AS other;
SELECT pg_temp.planid('SELECT * FROM t LEFT JOIN s USING (a)') <> pg_temp.planid('SELECT * FROM t JOIN s USING (a)') AS other;
-- The same query with another index.
SELECT pg_temp.planid('SELECT c FROM t WHERE a = 1 AND b = 1', 'enable_bitmapscan=off') AS before
\gset
DROP INDEX t_a;
SELECT pg_temp.planid('SELECT c FROM t WHERE a = 1 AND b = 1', 'enable_bitmapscan=off', 'enable_seqscan=off') <> :before AS other;
CREATE INDEX t_a ON t (a);
-- An index of the same name and columns, made again, is the same plan.
SELECT pg_temp.planid('SELECT c FROM t WHERE a = 1 AND b = 1', 'enable_bitmapscan=off') = :before AS same;
-- A generic and a custom plan of one shape are one.
SET plan_cache_mode = force_custom_plan;
PREPARE q(int) AS SELECT c AS generic FROM t WHERE a = $1;
SELECT perfext.reset() IS NOT NULL AS reset;
EXECUTE q(1);
SET plan_cache_mode = force_generic_plan;
EXECUTE q(2);
RESET plan_cache_mode;
SELECT count(*) AS plans, sum(p.calls) AS calls FROM perfext.plans p JOIN perfext.statements s USING (userid, dbid, queryid, toplevel) WHERE s.query ~ 'AS generic';
-- One statement with two plans: an entry for each, the calls add up to the statement's.
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT count(c) AS changing FROM t WHERE a < 10;
SELECT count(c) AS changing FROM t WHERE a < 20;
SELECT count(c) AS changing FROM t WHERE a < 90000;
SELECT s.calls, count(*) AS plans, sum(p.calls) AS plan_calls, abs(sum(p.total_exec_time) - s.total_exec_time) <= 1e-6 * s.total_exec_time AS times
FROM perfext.plans p JOIN perfext.statements s USING (userid, dbid, queryid, toplevel) WHERE s.query ~ 'AS changing' GROUP BY s.calls, s.total_exec_time;

-- Partitions are their parent: which of them, and how many, does not matter.
CREATE TABLE p (a int, b int) PARTITION BY RANGE (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (1000);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (1000) TO (2000);
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (2000) TO (3000);
CREATE INDEX p_a ON p (a);
INSERT INTO p SELECT g, g % 10 FROM generate_series(0, 2999) g;
ANALYZE p;
SELECT pg_temp.planid('SELECT count(b) FROM p WHERE a < 1500', 'enable_indexscan=off', 'enable_bitmapscan=off') =
       pg_temp.planid('SELECT count(b) FROM p WHERE a < 2500', 'enable_indexscan=off', 'enable_bitmapscan=off') AS same;
SELECT pg_temp.planid('SELECT b FROM p WHERE a = 500') = pg_temp.planid('SELECT b FROM p WHERE a = 1500') AS same;
SELECT pg_temp.planid('SELECT count(b) FROM p WHERE b = 5') AS before
\gset
CREATE TABLE p4 PARTITION OF p FOR VALUES FROM (3000) TO (4000);
INSERT INTO p SELECT g, g % 10 FROM generate_series(3000, 3999) g;
ANALYZE p;
SELECT pg_temp.planid('SELECT count(b) FROM p WHERE b = 5') = :before AS same;
SELECT DISTINCT n.relname, n.index_name FROM perfext.plan_nodes n WHERE n.relname IS NOT NULL AND n.node_type = 'Seq Scan';
SELECT pg_temp.planid('UPDATE p SET b = 1 WHERE b = 77') AS before
\gset
CREATE TABLE p5 PARTITION OF p FOR VALUES FROM (4000) TO (5000);
SELECT pg_temp.planid('UPDATE p SET b = 1 WHERE b = 77') = :before AS same;
-- Index scans name the parent and its index.
SELECT perfext.reset() IS NOT NULL AS reset;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT count(b) AS parents FROM p WHERE a BETWEEN 10 AND 2500;
SELECT DISTINCT n.node_type, n.schemaname, n.relname, n.index_name, n.relid = 'p'::regclass AS relid FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query ~ 'AS parents' AND n.relname IS NOT NULL;
RESET enable_seqscan;
RESET enable_bitmapscan;
-- Partitions of partitions too.
CREATE TABLE pp (a int, b int) PARTITION BY RANGE (a);
CREATE TABLE pp1 PARTITION OF pp FOR VALUES FROM (0) TO (1000) PARTITION BY LIST (b);
CREATE TABLE pp11 PARTITION OF pp1 FOR VALUES IN (1, 2);
CREATE TABLE pp12 PARTITION OF pp1 FOR VALUES IN (3, 4);
CREATE TABLE pp2 PARTITION OF pp FOR VALUES FROM (1000) TO (2000);
INSERT INTO pp SELECT g, 1 + g % 4 FROM generate_series(0, 1999) g;
ANALYZE pp;
SELECT pg_temp.planid('SELECT sum(a) FROM pp WHERE a > 5') IS NOT NULL AS has_id;
SELECT DISTINCT n.relname FROM perfext.plan_nodes n WHERE n.relname LIKE 'pp%';
-- Different tables in UNION ALL are not partitions of one.
SELECT pg_temp.planid('SELECT a FROM t UNION ALL SELECT a FROM s') <> pg_temp.planid('SELECT a FROM t UNION ALL SELECT a FROM t') AS other;

-- The same identifier in another session, so also after a restart.
SELECT pg_temp.planid('SELECT c FROM t WHERE b = 1 ORDER BY a') AS before
\gset
\c -
SET search_path = perfext_planid;
SET perfext.node_timing = 'all';
SET max_parallel_workers_per_gather = 0;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT count(*) FROM (SELECT c FROM t WHERE b = 1 ORDER BY a) x;
\o /dev/null
SELECT c FROM t WHERE b = 1 ORDER BY a;
\o
SELECT p.planid = :before AS same FROM perfext.plans p JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query = 'SELECT c FROM t WHERE b = $1 ORDER BY a';
SET client_min_messages = warning;
DROP SCHEMA perfext_planid CASCADE;
