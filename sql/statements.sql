-- Statements: identity, counters, failures, nesting, what is tracked.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
RESET client_min_messages;
CREATE SCHEMA perfext_statements;
SET search_path = perfext_statements;
CREATE TABLE t (a int, b text);
-- This user's entries in this database, by their text.
CREATE FUNCTION pg_temp.seen(pattern text)
RETURNS TABLE (query text, toplevel bool, calls bigint, failures bigint, rows bigint)
LANGUAGE sql AS $$
    SELECT regexp_replace(s.query, '\s+', ' ', 'g'), s.toplevel, s.calls, s.failures, s.rows
    FROM perfext.statements s
    WHERE s.query ~* pattern AND s.query !~ 'pg_temp.seen'
      AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND s.userid = (SELECT oid FROM pg_roles WHERE rolname = current_user)
    ORDER BY s.query COLLATE "C", s.toplevel
$$;
SELECT perfext.reset() IS NOT NULL AS reset;

-- Rows affected and retrieved; the same statement with other constants is one entry.
INSERT INTO t SELECT g, 'x' || g FROM generate_series(1, 1000) g;
INSERT INTO t VALUES (1001, 'one');
INSERT INTO t VALUES (1002, 'two');
UPDATE t SET b = 'y' WHERE a <= 10;
UPDATE t SET b = 'z' WHERE a <= 20;
DELETE FROM t WHERE a > 1000;
SELECT a FROM t WHERE a = 1;
SELECT a FROM t WHERE a = 2;
SELECT a FROM t WHERE a = -1;
SELECT * FROM pg_temp.seen('^(insert|update|delete|select a from t)');

-- Identity is of the user and database who ran it: all rows of this database
-- and user, and the same key never twice.
SELECT count(*) = count(DISTINCT (userid, dbid, queryid, toplevel)) AS keys_are_unique,
       bool_and(queryid <> 0) AS have_ids
FROM perfext.statements;

-- The identifier of a query is the one that the server reports.
SELECT s.query FROM perfext.statements s JOIN pg_stat_activity a ON a.query_id = s.queryid
WHERE a.pid = pg_backend_pid();
SELECT s.calls FROM perfext.statements s JOIN pg_stat_activity a ON a.query_id = s.queryid
WHERE a.pid = pg_backend_pid();
SELECT s.calls FROM perfext.statements s JOIN pg_stat_activity a ON a.query_id = s.queryid
WHERE a.pid = pg_backend_pid();

-- The numbers fit together, in every entry: no row.
SELECT query FROM perfext.statements
WHERE calls > 0 AND NOT (
    min_exec_time >= 0 AND min_exec_time <= mean_exec_time * 1.000001
    AND mean_exec_time <= max_exec_time * 1.000001 AND max_exec_time <= total_exec_time * 1.000001
    AND abs(mean_exec_time * calls - total_exec_time) <= total_exec_time * 1e-6
    AND stddev_exec_time >= 0
    AND p50_exec_time <= p95_exec_time AND p95_exec_time <= p99_exec_time
    AND p99_exec_time <= max_exec_time AND p50_exec_time >= min_exec_time
    AND last_call <= clock_timestamp() AND stats_since <= clock_timestamp()
    AND minmax_stats_since >= stats_since);
-- One call: all its percentiles are that call, within 3 %.
SELECT query FROM perfext.statements
WHERE calls = 1 AND NOT (abs(p50_exec_time - total_exec_time) <= 0.03 * total_exec_time
                     AND abs(p99_exec_time - total_exec_time) <= 0.03 * total_exec_time
                     AND min_exec_time = max_exec_time AND stddev_exec_time = 0);

-- A percentile is one of the executions: of 19 fast ones and one that works
-- a thousand times longer, the median is a fast one and p99 the slow one.
DO $$
BEGIN
    FOR i IN 1..20 LOOP
        PERFORM sum(g) FROM generate_series(1, CASE i WHEN 20 THEN 400000 ELSE 10 END) g;
    END LOOP;
END $$;
SELECT calls, p50_exec_time < max_exec_time / 10 AS p50_is_fast,
       p99_exec_time BETWEEN max_exec_time * 0.97 AND max_exec_time AS p99_is_the_slow_one,
       total_exec_time >= max_exec_time + 19 * min_exec_time AS total
FROM perfext.statements WHERE query LIKE 'SELECT sum(g)%';

-- Percentiles are within 3 % of the truth: the time of each of 100 executions is what it added
-- to the total. (Of two neighbours in the order either may be meant.)
CREATE FUNCTION pg_temp.percentiles() RETURNS TABLE (fraction float8, within bool) LANGUAGE plpgsql AS $$
DECLARE
    before float8 := 0;
    after float8;
    times float8[] := '{}';
    p50 float8;
    p95 float8;
    p99 float8;
BEGIN
    FOR i IN 1..100 LOOP
        PERFORM count(*), sum(g) FROM generate_series(1, (i * 37 % 101) * 100) g;
        SELECT total_exec_time, p50_exec_time, p95_exec_time, p99_exec_time INTO after, p50, p95, p99
        FROM perfext.statements WHERE query LIKE 'SELECT count(*), sum(g) FROM generate_series(%' AND NOT toplevel;
        times := times || (after - before);
        before := after;
    END LOOP;
    SELECT array_agg(t ORDER BY t) INTO times FROM unnest(times) t;
    RETURN QUERY
    SELECT f, measured BETWEEN times[greatest(round(100 * f)::int - 1, 1)] * 0.97 AND times[least(round(100 * f)::int + 1, 100)] * 1.03
    FROM (VALUES (0.5::float8, p50), (0.95, p95), (0.99, p99)) v(f, measured);
END $$;
SELECT * FROM pg_temp.percentiles();

-- Failures, planned (a constant is folded) and at run time: counted, and not in
-- calls, rows and times.
SELECT 1 / 0;
SELECT a, 1 / (a - 5) AS quotient FROM t WHERE a BETWEEN 5 AND 6;
SELECT a, 1 / (a - 5) AS quotient FROM t WHERE a BETWEEN 6 AND 7;
SELECT no_such_column FROM t;
SELECT * FROM pg_temp.seen('quotient|^SELECT \$1 / \$2|no_such');
SELECT calls, failures, failed_exec_time > 0 AS has_failed_time, total_exec_time < failed_exec_time + max_exec_time + 1000 AS sane
FROM perfext.statements WHERE query LIKE 'SELECT a, $1%';

-- A timeout is a failure, with the time that was lost.
SET statement_timeout = '50ms';
SELECT pg_sleep(60);
RESET statement_timeout;
SELECT calls, failures, failed_exec_time >= 45 AS lost_time, total_exec_time = 0 AS no_exec_time, rows
FROM perfext.statements WHERE query = 'SELECT pg_sleep($1)';

-- A failing utility statement.
CREATE TABLE t (a int);
DROP TABLE no_such_table;
SELECT * FROM pg_temp.seen('^(create table|drop table)');

-- Statements in a failed transaction are refused before they are executed.
BEGIN;
SELECT 1 / 0;
SELECT a AS refused FROM t;
ROLLBACK;
SELECT * FROM pg_temp.seen('refused');

-- Nested and top level are two entries of one identifier.
CREATE FUNCTION nested(i int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
    SELECT count(*) INTO n FROM t WHERE t.a < i;
    RETURN n;
END $$;
SELECT count(*) FROM t WHERE t.a < 7;
SELECT nested(3);
SELECT nested(4);
DO $$ BEGIN PERFORM nested(5); END $$;
SELECT s.toplevel, s.calls, s.rows FROM perfext.statements s
WHERE s.query ~* '^select count\(\*\)\s+(into n )?\s*from t where t.a <' ORDER BY s.toplevel;
SELECT * FROM pg_temp.seen('nested\(');

-- perfext.track = top leaves the nested ones out, none all.
SET perfext.track = 'top';
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT nested(3);
SELECT * FROM pg_temp.seen('nested\(|count');
SET perfext.track = 'none';
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT nested(3);
SELECT a FROM t WHERE a = 3;
SELECT * FROM pg_temp.seen('.');
RESET perfext.track;

-- perfext.enabled = off records nothing; what is there stays to be read.
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT a AS before_off FROM t WHERE a = 3;
SET perfext.enabled = off;
SELECT a AS while_off FROM t WHERE a = 3;
SELECT query, calls FROM pg_temp.seen('_off');
RESET perfext.enabled;
SELECT a AS before_off FROM t WHERE a = 4;
SELECT query, calls FROM pg_temp.seen('_off');

-- perfext.track_utility = off leaves utility statements out, not the queries in
-- them.
SET perfext.track_utility = off;
SELECT perfext.reset() IS NOT NULL AS reset;
CREATE TABLE u AS SELECT * FROM t WHERE a <= 5;
DO $$ BEGIN PERFORM count(*) AS in_do FROM t; END $$;
DROP TABLE u;
SELECT query, calls, rows FROM pg_temp.seen('^(drop|do)|in_do');
SELECT sum(calls) AS inner_query, sum(rows) AS rows FROM perfext.statements WHERE query ILIKE 'CREATE TABLE u%' OR query ILIKE 'SELECT * FROM t WHERE a <= %';
RESET perfext.track_utility;

-- Utility statements are one entry by their normalised text: on server 15 too,
-- where the server's own identifier is another for each constant.
SELECT perfext.reset() IS NOT NULL AS reset;
CREATE PROCEDURE p(i int, s text) LANGUAGE plpgsql AS $$ BEGIN PERFORM i; END $$;
CALL p(1, 'one');
CALL p(2, 'two');
SET work_mem = '5MB';
SET work_mem = '6MB';
RESET work_mem;
SELECT count(*) AS entries, sum(calls) AS calls FROM perfext.statements WHERE query ~* '^call' AND toplevel;
SELECT count(*) AS entries, sum(calls) AS calls FROM perfext.statements WHERE query ~* '^set work_mem' AND toplevel;

-- EXECUTE is counted as the statement that was prepared, at the top level; PREPARE
-- itself and DEALLOCATE are not counted for it.
PREPARE q(int) AS SELECT a AS prepared FROM t WHERE a < $1;
EXECUTE q(3);
EXECUTE q(4);
SELECT toplevel, calls, rows FROM perfext.statements WHERE query ~ 'AS prepared';
SELECT count(*) AS executes FROM perfext.statements WHERE query ~* '^execute';
DEALLOCATE q;
-- It keeps its text when the entry was forgotten in between.
PREPARE q(int) AS SELECT a AS prepared FROM t WHERE a < $1 AND b <> 'secret';
SELECT perfext.reset() IS NOT NULL AS reset;
EXECUTE q(3);
SELECT calls, rows, query ~ 'AS prepared' AS has_text, query ~ 'secret' AS has_constant
FROM perfext.statements WHERE toplevel AND rows = 2 AND calls = 1 AND query ~ 'prepared';
DEALLOCATE q;

-- The query inside a utility statement: rows are those of the query.
SELECT perfext.reset() IS NOT NULL AS reset;
CREATE TABLE u AS SELECT * FROM t WHERE a <= 50;
CREATE MATERIALIZED VIEW m AS SELECT * FROM t WHERE a <= 60;
REFRESH MATERIALIZED VIEW m;
SELECT query, calls, rows FROM pg_temp.seen('^(create table u|create mat|refresh)') WHERE toplevel;
-- That query is an entry of its own, nested, with its plan (before server 18 it
-- has the identifier of the utility statement, after that one of its own).
SELECT s.rows, sum(s.calls) AS calls, count(DISTINCT n.node_type) AS root_nodes, min(n.node_type) AS node_type,
       min(n.relname) AS relname, sum(n.rows) AS node_rows
FROM perfext.statements s LEFT JOIN perfext.plan_nodes n USING (userid, dbid, queryid, toplevel)
WHERE NOT s.toplevel AND s.rows IN (50, 60) AND n.node_id = 0 GROUP BY s.rows ORDER BY s.rows;
DROP MATERIALIZED VIEW m;
DROP TABLE u;

-- COPY: rows out and in.
CREATE TABLE c (a int, b text);
COPY t TO '/dev/null';
COPY (SELECT a FROM t WHERE a <= 30) TO '/dev/null';
COPY c FROM stdin;
1	one
2	two
3	three
\.
SELECT query, rows, calls FROM pg_temp.seen('^copy') WHERE toplevel;

-- WAL and dirtied blocks belong to the statement that writes.
SELECT perfext.reset() IS NOT NULL AS reset;
INSERT INTO c SELECT g, 'text' FROM generate_series(1, 5000) g;
SELECT count(*) FROM c;
SELECT wal_records > 0 AS wal_records, wal_bytes > 0 AS wal_bytes, shared_blks_hit > 0 AS hit, shared_blks_dirtied > 0 AS dirtied
FROM perfext.statements WHERE query ~ '^INSERT INTO c';
SELECT shared_blks_hit + shared_blks_read > 0 AS blocks, wal_bytes < 100000 AS little_wal FROM perfext.statements WHERE query = 'SELECT count(*) FROM c';
-- Temporary tables use local blocks.
CREATE TEMP TABLE l AS SELECT g FROM generate_series(1, 1000) g;
SELECT count(*) FROM l;
SELECT local_blks_hit + local_blks_read > 0 AS local, shared_blks_dirtied AS dirtied FROM perfext.statements
WHERE query = 'SELECT count(*) FROM l';

-- Planning is counted and timed.
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT a AS planned FROM t WHERE a = 1;
SELECT a AS planned FROM t WHERE a = 2;
SELECT plans, total_plan_time > 0 AS total, min_plan_time <= mean_plan_time AND mean_plan_time <= max_plan_time AS min_mean_max
FROM perfext.statements WHERE query ~ 'AS planned';
-- A prepared statement with a generic plan is planned once, executed often.
SET plan_cache_mode = force_generic_plan;
PREPARE g AS SELECT a AS generic FROM t WHERE a = $1;
EXECUTE g(1);
EXECUTE g(2);
EXECUTE g(3);
RESET plan_cache_mode;
SELECT plans, calls FROM perfext.statements WHERE query ~ 'AS generic';
DEALLOCATE g;

-- Processor time: known for statements of the client, NULL for nested ones, never
-- much more than the time that passed.
SELECT sum(g) AS busy FROM generate_series(1, 500000) g;
SELECT cpu_time > 0 AS has_cpu, cpu_time <= total_exec_time * 1.5 + 20 AS within_time FROM perfext.statements WHERE query ~ 'AS busy';
SELECT nested(3);
SELECT toplevel, cpu_time IS NULL AS cpu_is_null FROM perfext.statements WHERE query ~* '^select count\(\*\)\s.*from t where t.a <';
-- A sleep takes no processor time.
SELECT pg_sleep(0.05) AS asleep;
SELECT cpu_time < total_exec_time / 2 AS sleeps, total_exec_time >= 49 AS waited FROM perfext.statements WHERE query ~ 'AS asleep';

-- The client's pause is booked on the statement that ends it.
SELECT a + 1 AS before_pause FROM t WHERE a = 1;
\! sleep 0.5
SELECT a, b AS after_pause FROM t WHERE a = 1;
SELECT b AS no_pause FROM t WHERE a = 1;
SELECT query, client_gap_time >= 490 AS paused
FROM perfext.statements WHERE query ~ '_pause' ORDER BY query COLLATE "C";

-- The commit of a transaction that writes is timed; of one that reads, not.
BEGIN;
INSERT INTO c VALUES (1, 'commit');
COMMIT;
INSERT INTO c SELECT 1, 'autocommit';
SELECT b || b AS read_only FROM t WHERE a = 1;
SELECT 1 AS another_statement;
SELECT left(query, 12) AS statement, commit_time > 0 AS commit_timed FROM perfext.statements
WHERE calls > 0 AND (query = 'COMMIT' OR query ~ '^INSERT INTO c SELECT \$1' OR query ~ 'read_only') ORDER BY query COLLATE "C";

-- Generic and custom plans, where the server tells which (19): else NULL, never 0.
SELECT count(*) = 0 AS as_the_server_tells FROM perfext.statements
WHERE (generic_plan_calls IS NULL) <> (current_setting('server_version_num')::int < 190000);
SELECT count(*) = 0 AS as_the_server_tells FROM perfext.statements
WHERE (wal_buffers_full IS NULL) <> (current_setting('server_version_num')::int < 180000);
SELECT count(*) = 0 AS as_the_server_tells FROM perfext.statements
WHERE (local_blk_read_time IS NULL) <> (current_setting('server_version_num')::int < 170000);

-- Several statements in one message: each its own entry and text.
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT 1 AS first_of_three\; SELECT 2, 'x' AS second_of_three\; SELECT 3, 4, 5 AS third_of_three;
SELECT query, calls, rows FROM pg_temp.seen('_of_three');

-- Nothing was lost on the way.
SELECT dropped FROM perfext.info;

SET client_min_messages = warning;
DROP SCHEMA perfext_statements CASCADE;
