-- The self times of a statement's nodes, with (result) and (triggers), add up to its
-- execution time, within 5 % for serial statements that take more than 10 ms.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_adds_up;
SET search_path = perfext_adds_up;
SET perfext.node_timing = 'all';
SET max_parallel_workers_per_gather = 0;
SET jit = off;
CREATE TABLE t (a int, b int, c text) WITH (autovacuum_enabled = off);
INSERT INTO t SELECT g, g % 1000, 'text ' || g FROM generate_series(1, 100000) g;
CREATE INDEX t_a ON t (a);
CREATE TABLE s (a int PRIMARY KEY, b int) WITH (autovacuum_enabled = off);
INSERT INTO s SELECT g, g % 10 FROM generate_series(1, 10000) g;
CREATE TABLE log (a int REFERENCES s) WITH (autovacuum_enabled = off);
CREATE FUNCTION slow(i int) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM s WHERE a = i); END $$;
VACUUM ANALYZE t, s;
SELECT perfext.reset() IS NOT NULL AS reset;

-- Warm up, so that the statements measure the executor and not the first
-- touch of the tables.
SELECT count(*) FROM t, s WHERE t.a = s.a;
SELECT perfext.reset() IS NOT NULL AS reset;

\o /dev/null
SELECT count(*) AS c01 FROM t WHERE c LIKE '%77%';
SELECT b, count(*) AS c02, sum(a) FROM t GROUP BY b ORDER BY 2;
SELECT t.* AS c03 FROM t ORDER BY c DESC OFFSET 99000;
SELECT count(*) AS c04 FROM t JOIN s ON t.b = s.a WHERE s.b < 8;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_memoize = off;
SELECT count(*) AS c05 FROM s JOIN t ON t.a = s.a * 7;
SET enable_mergejoin = on;
SET enable_nestloop = off;
SELECT count(*) AS c06 FROM s JOIN t ON t.b = s.b;
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_memoize;
RESET enable_nestloop;
SELECT a AS c07, (SELECT max(t.b) FROM t WHERE t.a = s.a) FROM s;
SELECT a AS c08, rank() OVER (PARTITION BY b ORDER BY c) FROM t;
WITH w AS MATERIALIZED (SELECT a AS c09, b FROM t WHERE b < 500) SELECT count(*) FROM w x JOIN w y USING (b) WHERE x.c09 < 1000 AND y.c09 < 50000;
SET work_mem = '64kB';
SELECT count(*) AS c10 FROM (SELECT c FROM t GROUP BY c) x;
SELECT count(*) AS c11 FROM t t1 JOIN t t2 ON t1.c = t2.c;
RESET work_mem;
SELECT sum(slow(a)) AS c12 FROM t WHERE a < 5000;
INSERT INTO log /* c13 */ SELECT a FROM s;
UPDATE t SET b = b + 1 WHERE a % 2 = 0;
DELETE FROM t WHERE a % 5 = 0;
COPY (SELECT a AS c16, b, c FROM t ORDER BY b) TO '/dev/null';
CREATE TABLE copy AS SELECT t.a AS c17, t.b, t.c FROM t WHERE a > 0;
SELECT t.*, t.* AS c18, t.* FROM t;
SELECT pg_sleep(0.005) AS c19 FROM generate_series(1, 10);
\o

-- By statement: longer than 10 ms, but not within 5 %: no row.
CREATE FUNCTION pg_temp.sums() RETURNS TABLE (query text, toplevel bool, exec_time float8, ratio float8) LANGUAGE sql AS $$
    SELECT s.query, s.toplevel, s.total_exec_time, sum(n.self_time) / s.total_exec_time
    FROM perfext.statements s JOIN perfext.plan_nodes n USING (userid, dbid, queryid, toplevel)
    WHERE s.calls = 1
    GROUP BY s.userid, s.dbid, s.queryid, s.toplevel, s.query, s.total_exec_time
$$;
SELECT query, round(ratio::numeric, 3) AS ratio FROM pg_temp.sums()
WHERE exec_time > 10 AND query ~ '\mc\d\d\M|^UPDATE t|^DELETE FROM t|^INSERT INTO log|^CREATE TABLE copy' AND (query !~ '^COPY|^CREATE' OR NOT toplevel)
  AND ratio NOT BETWEEN 0.95 AND 1.05;
-- Most of them were long enough to say something.
SELECT count(*) > 10 AS enough FROM pg_temp.sums() WHERE exec_time > 10;
-- No node has a negative time, nor more of its own than in all; children's times are in their
-- parent's: no row.
SELECT s.query, n.node_id, n.node_type, n.total_time, n.self_time, n.startup_time
FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query ~ '\mc\d\d\M|^UPDATE t|^DELETE FROM t|^INSERT INTO log'
  AND (n.self_time < 0 OR n.total_time < n.self_time * 0.999 OR n.startup_time > n.total_time * 1.001 OR n.self_time_ratio NOT BETWEEN 0 AND 1
       OR n.total_time IS NULL OR n.self_time IS NULL);
-- The shares of one plan add up to one: no row.
SELECT s.query, sum(n.self_time_ratio) FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query ~ '\mc\d\d\M' GROUP BY s.query, n.planid, n.toplevel HAVING abs(sum(n.self_time_ratio) - 1) > 0.001;
-- The time is where the work is: of a big sort in the Sort, of foreign keys in (triggers),
-- of sleeping in the node that calls it.
SELECT n.node_type, n.self_time_ratio > 0.4 AS most FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query ~ 'AS c03' AND n.node_type = 'Sort';
SELECT n.node_type, n.self_time_ratio > 0.3 AS much FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query ~ '^INSERT INTO log' AND n.node_type = '(triggers)';
SELECT n.node_type ~ 'Result|Scan|ProjectSet' AS node, n.self_time_ratio > 0.9 AS most FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query ~ 'AS c19' AND n.self_time_ratio > 0.5;
SET client_min_messages = warning;
DROP SCHEMA perfext_adds_up CASCADE;
