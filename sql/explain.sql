-- EXPLAIN by the user prints what it printed without perfext, and the stored plan reads as
-- EXPLAIN's own JSON.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_explain;
SET search_path = perfext_explain;
SET max_parallel_workers_per_gather = 0;
SET jit = off;
CREATE TABLE t (a int, b int, c text) WITH (autovacuum_enabled = off);
INSERT INTO t SELECT g, g % 10, 'text ' || g FROM generate_series(1, 5000) g;
CREATE INDEX t_a ON t (a);
CREATE TABLE p (a int, b int) PARTITION BY RANGE (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100) WITH (autovacuum_enabled = off);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200) WITH (autovacuum_enabled = off);
INSERT INTO p SELECT g, g FROM generate_series(0, 199) g;
VACUUM ANALYZE t, p;
RESET client_min_messages;

-- EXPLAIN ANALYZE with perfext off, with its node timing off, all and auto: the same lines.
-- Answers how many lines there were, and those that differ.
CREATE FUNCTION pg_temp.same(stmt text, options text DEFAULT 'ANALYZE, BUFFERS OFF, TIMING OFF, COSTS OFF, SUMMARY OFF')
RETURNS TABLE (lines bool, never_executed bool, different text) LANGUAGE plpgsql AS $$
DECLARE
    config text;
    line text;
    plain text[];
    with_perfext text[];
BEGIN
    FOREACH config IN ARRAY ARRAY['warm up', 'disabled', 'off', 'all', 'auto'] LOOP
        PERFORM set_config('perfext.enabled', CASE config WHEN 'disabled' THEN 'off' ELSE 'on' END, true);
        PERFORM set_config('perfext.node_timing', CASE WHEN config IN ('all', 'off') THEN config ELSE 'auto' END, true);
        with_perfext := '{}';
        BEGIN
            FOR line IN EXECUTE format('EXPLAIN (%s) %s', options, stmt) LOOP
                EXIT WHEN line ~ '^Planning';
                with_perfext := with_perfext || line;
            END LOOP;
            RAISE EXCEPTION USING ERRCODE = 'UE000';
        EXCEPTION WHEN SQLSTATE 'UE000' THEN NULL;
        END;
        IF config = 'disabled' THEN
            plain := with_perfext;
        END IF;
        IF with_perfext <> plain THEN
            different := concat_ws(E'\n', different, config || ':', array_to_string(plain, E'\n'), '->', array_to_string(with_perfext, E'\n'));
        END IF;
    END LOOP;
    lines := cardinality(plain) > 0;
    never_executed := array_to_string(plain, ' ') ~ 'never executed';
    PERFORM set_config('perfext.enabled', 'on', true);
    RETURN NEXT;
END $$;
SELECT * FROM pg_temp.same('SELECT * FROM t WHERE b = 3');
SELECT * FROM pg_temp.same('SELECT count(*) FROM t t1 JOIN t t2 ON t1.a = t2.b WHERE t1.c <> ''x''');
SELECT * FROM pg_temp.same('SELECT * FROM t WHERE a < 100 ORDER BY c LIMIT 5');
SELECT * FROM pg_temp.same('SELECT a, (SELECT max(t2.a) FROM t t2 WHERE t2.a < t1.b) FROM t t1 WHERE a < 20');
SELECT * FROM pg_temp.same('SELECT * FROM p WHERE a = (SELECT 150)');
SELECT * FROM pg_temp.same('SELECT b, count(*) FROM t GROUP BY b ORDER BY 2, 1');
SELECT * FROM pg_temp.same('UPDATE t SET c = ''new'' WHERE a < 10 RETURNING a');
SELECT * FROM pg_temp.same('INSERT INTO t SELECT a, b FROM p');
SELECT * FROM pg_temp.same('DELETE FROM p WHERE a < 50');
SELECT * FROM pg_temp.same('WITH w AS MATERIALIZED (SELECT * FROM t) SELECT * FROM w LIMIT 3');
SELECT * FROM pg_temp.same('SELECT * FROM t WHERE b = 3', 'ANALYZE, BUFFERS OFF, TIMING OFF, COSTS OFF, SUMMARY OFF, VERBOSE');
SELECT * FROM pg_temp.same('SELECT count(*) FROM t WHERE b = 3', 'ANALYZE, TIMING OFF, COSTS ON, SUMMARY OFF, BUFFERS');
SELECT * FROM pg_temp.same('SELECT * FROM t WHERE b = 3 AND a < 100', 'ANALYZE, BUFFERS OFF, TIMING OFF, SUMMARY OFF, FORMAT JSON');
SELECT * FROM pg_temp.same('SELECT * FROM t WHERE b = 3 AND a < 100', 'COSTS OFF');
SELECT * FROM pg_temp.same('SELECT * FROM t WHERE b = 3 AND a < 100', 'VERBOSE, SETTINGS');
-- With TIMING, times vary, but each node has one.
CREATE FUNCTION pg_temp.timed(stmt text) RETURNS TABLE (node_type text, timed bool) LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF) ' || stmt LOOP
        IF line ~ '\((actual|never)' THEN
            node_type := substring(line FROM '^[ >-]*(\w+( \w+)*) ');
            timed := line ~ '\(actual time=\d+\.\d+\.\.\d+\.\d+ rows=[\d.]+ loops=1\)';
            RETURN NEXT;
        END IF;
    END LOOP;
END $$;
SELECT * FROM pg_temp.timed('SELECT count(c) FROM t WHERE b = 3');
SET perfext.node_timing = 'all';
SELECT * FROM pg_temp.timed('SELECT count(c) FROM t WHERE b = 3');

-- EXPLAIN is no execution of the statement; EXPLAIN ANALYZE is one, nested in EXPLAIN, and
-- its nodes are read from what EXPLAIN itself measured.
SELECT perfext.reset() IS NOT NULL AS reset;
\o /dev/null
EXPLAIN SELECT count(c) AS explained FROM t WHERE b = 3;
EXPLAIN (VERBOSE, FORMAT JSON) SELECT count(c) AS explained FROM t WHERE b = 3;
\o
SELECT coalesce(sum(calls), 0) AS executions FROM perfext.statements WHERE query ~ '^SELECT count\(c\) AS explained' OR (query ~ 'AS explained' AND NOT toplevel);
SELECT sum(calls) AS explains FROM perfext.statements WHERE query ~* '^explain' AND toplevel;
\o /dev/null
EXPLAIN (ANALYZE) SELECT count(c) AS explained FROM t WHERE b = 4;
EXPLAIN (ANALYZE, TIMING OFF) SELECT count(c) AS explained FROM t WHERE b = 5;
\o
SELECT toplevel, sum(calls) AS executions FROM perfext.statements WHERE query ~ 'AS explained' AND queryid IN
    (SELECT queryid FROM perfext.statements WHERE NOT toplevel) GROUP BY toplevel, queryid HAVING NOT toplevel;
SELECT n.node_type, n.rows = n.samples * 500 AS rows, n.loops = n.samples AS loops, n.rows_removed = n.samples * 4500 AS removed
FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query ~ 'AS explained' AND NOT s.toplevel AND n.node_type = 'Seq Scan' AND n.samples > 0;
-- And that counts together with the statement run without EXPLAIN.
SELECT count(c) AS explained FROM t WHERE b = 6;
SELECT toplevel, calls FROM perfext.statements WHERE toplevel AND query ~ '^SELECT count\(c\) AS explained';

-- The plan is an array of one object, as EXPLAIN (FORMAT JSON) gives it.
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT b, count(*) AS planned FROM t WHERE a BETWEEN 1000 AND 1999 AND c <> 'constant in filter' GROUP BY b HAVING count(*) > 7 ORDER BY 2 DESC, 1 LIMIT 5;
CREATE FUNCTION pg_temp.plan(pattern text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT p.plan FROM perfext.plans p JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
    WHERE s.query ~ pattern AND s.toplevel AND s.query !~ 'pg_temp.plan' $$;
SELECT jsonb_typeof(plan) AS type, jsonb_array_length(plan) AS length, plan -> 0 ? 'Plan' AS has_plan,
       (plan -> 0 ->> 'Execution Time')::float8 > 0 AS execution_time
FROM pg_temp.plan('AS planned') plan;
-- Node by node it has the keys that EXPLAIN's has, some details of sorts and hashes and
-- the zero counts left out: no row.
CREATE FUNCTION pg_temp.walk(plan jsonb) RETURNS TABLE (id bigint, node jsonb) LANGUAGE sql AS $$
    WITH RECURSIVE walk(path, node) AS (
        SELECT ARRAY[0], plan -> 0 -> 'Plan'
        UNION ALL
        SELECT walk.path || child.ord::int, child.node
        FROM walk, jsonb_array_elements(walk.node -> 'Plans') WITH ORDINALITY AS child(node, ord)
    )
    SELECT row_number() OVER (ORDER BY path) - 1, node - 'Plans' FROM walk
$$;
CREATE FUNCTION pg_temp.explained(stmt text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE j jsonb;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS OFF, FORMAT JSON) ' || stmt INTO j;
    RETURN j;
END $$;
SELECT e.id, e.node ->> 'Node Type' AS node_type, k AS missing
FROM pg_temp.walk(pg_temp.explained($$SELECT b, count(*) AS planned FROM t WHERE a BETWEEN 1000 AND 1999 AND c <> 'constant in filter' GROUP BY b HAVING count(*) > 7 ORDER BY 2 DESC, 1 LIMIT 5$$)) e
     LEFT JOIN pg_temp.walk(pg_temp.plan('AS planned')) o USING (id), LATERAL jsonb_object_keys(e.node) k
WHERE NOT coalesce(o.node ? k, false) AND k NOT IN ('Disabled', 'Sort Method', 'Disk Usage', 'HashAgg Batches', 'Rows Removed by Index Recheck',
                                               'Index Searches')
ORDER BY 1, 3;
-- Actual figures are merged in; they are those of an execution, per loop.
SELECT o.id, o.node ->> 'Node Type' AS node_type, (o.node ->> 'Actual Rows')::float8 = (e.node ->> 'Actual Rows')::float8 AS rows,
       (o.node ->> 'Actual Loops')::float8 = (e.node ->> 'Actual Loops')::float8 AS loops,
       (o.node ->> 'Actual Total Time')::float8 > 0 AS "time",
       (o.node ->> 'Plan Rows') = (e.node ->> 'Plan Rows') AS plan_rows,
       (o.node ->> 'Total Cost') = (e.node ->> 'Total Cost') AS costs
FROM pg_temp.walk(pg_temp.explained($$SELECT b, count(*) AS planned FROM t WHERE a BETWEEN 1000 AND 1999 AND c <> 'constant in filter' GROUP BY b HAVING count(*) > 7 ORDER BY 2 DESC, 1 LIMIT 5$$)) e
     JOIN pg_temp.walk(pg_temp.plan('AS planned')) o USING (id)
ORDER BY 1;
-- Constants are replaced.
SELECT o.node ->> 'Index Cond' AS index_cond, o.node ->> 'Filter' AS filter FROM pg_temp.walk(pg_temp.plan('AS planned')) o
WHERE o.node ? 'Index Cond' OR o.node ->> 'Filter' LIKE '%c <>%';
SELECT count(*) AS with_constant FROM pg_temp.walk(pg_temp.plan('AS planned')) o WHERE (o.node ->> 'Index Cond') || (o.node ->> 'Filter') ~ 'constant in|1000|1999';
-- InitPlans, SubPlans and CTEs keep their names and places.
SELECT perfext.reset() IS NOT NULL AS reset;
WITH w AS MATERIALIZED (SELECT a FROM t WHERE b = 1) SELECT a, (SELECT max(p.a) FROM p WHERE p.b < w.a) AS named FROM w WHERE a > (SELECT avg(b) FROM p) AND a < 20;
SELECT o.node ->> 'Parent Relationship' AS relationship, o.node ->> 'Node Type' AS node_type
FROM pg_temp.walk(pg_temp.plan('AS named')) o WHERE o.node ->> 'Parent Relationship' IN ('InitPlan', 'SubPlan') ORDER BY o.id;
-- A node that was never started says so, as EXPLAIN does: no rows, no loops.
SELECT a AS unstarted FROM t WHERE a < 0 AND b > (SELECT count(*) FROM p);
SELECT o.node ->> 'Actual Loops' AS loops, (o.node ->> 'Actual Rows')::float8 AS rows FROM pg_temp.walk(pg_temp.plan('AS unstarted')) o
WHERE o.node ->> 'Parent Relationship' = 'InitPlan';
-- The plan of the slowest execution is kept: one row here, ten there.
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT pg_sleep(0.0001 * g) IS NULL AS slowest FROM generate_series(1, 1) g;
SELECT pg_sleep(0.01 * g) IS NULL AS slowest FROM generate_series(1, 3) g;
SELECT pg_sleep(0.0001 * g) IS NULL AS slowest FROM generate_series(1, 2) g;
SELECT (pg_temp.plan('AS slowest') #>> '{0,Plan,Actual Rows}')::float8 AS rows;
-- node_timing off: the plan is there once it was sampled, else NULL.
SET perfext.node_timing = 'off';
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT count(c) AS unsampled FROM t;
SELECT p.calls, p.samples, p.plan IS NULL AS no_plan FROM perfext.plans p JOIN perfext.statements s USING (userid, dbid, queryid, toplevel) WHERE s.query ~ 'AS unsampled';
SELECT render_failures, last_error FROM perfext.info;
SET client_min_messages = warning;
DROP SCHEMA perfext_explain CASCADE;
