-- Jobs: runs that a session begins and ends, their steps, what is counted in them.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_jobs;
SET search_path = perfext_jobs;
CREATE TABLE t (id int PRIMARY KEY, v text);
CREATE TABLE part (id int) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (100);
CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (100) TO (1000) PARTITION BY RANGE (id);
CREATE TABLE part_21 PARTITION OF part_2 FOR VALUES FROM (100) TO (1000);
CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM t;
RESET client_min_messages;
SELECT perfext.reset() IS NOT NULL AS reset;
CREATE FUNCTION pg_temp.steps(job text)
RETURNS TABLE (run bigint, step_no int, step text, rows_in bigint, rows_out bigint, statements bigint, nested bigint, failures bigint)
LANGUAGE sql AS $$
    SELECT dense_rank() OVER (ORDER BY run_id), step_no, step, rows_in, rows_out, statements, nested_statements, failures
    FROM perfext.etl_steps s WHERE s.job = steps.job ORDER BY run_id, step_no
$$;

-- A run with named steps. The statements that begin and end it are none of its own.
SELECT perfext.job_start('named', '{"day": "Sunday"}') AS run
\gset
SELECT perfext.job_step('load', 500);
INSERT INTO t SELECT g, 'x' FROM generate_series(1, 500) g;
INSERT INTO t VALUES (501, 'a'), (502, 'b');
SELECT perfext.job_step('read');
SELECT count(*) FROM t;
-- A step that comes again goes on.
SELECT perfext.job_step('load');
DELETE FROM t WHERE id > 500;
SELECT perfext.job_end() = :run AS ended;
SELECT * FROM pg_temp.steps('named');
SELECT job, source, status, steps, sessions, tags, trace_id, rows, rows_in, rows_out, statements, failures,
       userid = (SELECT oid FROM pg_roles WHERE rolname = current_user) AS userid,
       dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AS dbid,
       pid = pg_backend_pid() AS pid, ended >= started AS ended, wal_bytes > 0 AS wal, commits > 0 AS commits,
       peak_memory_bytes > 0 AS memory
FROM perfext.etl_jobs WHERE run_id = :run;
-- The times of the steps are inside of the run, their sums are the run's.
SELECT bool_and(s.started BETWEEN j.started AND j.ended AND s.ended BETWEEN s.started AND j.ended) AS inside,
       sum(s.elapsed_time) <= max(j.elapsed_time) AS elapsed, sum(s.rows_in) = max(j.rows_in) AS rows,
       abs(sum(s.total_time) - max(j.total_time)) < 0.001 AS "time", sum(s.wal_bytes) = max(j.wal_bytes) AS wal,
       max(j.total_time) <= max(j.elapsed_time) AS total_time,
       bool_and(s.total_time <= s.elapsed_time) AS step_time,
       max(s.expected_rows) AS expected
FROM perfext.etl_steps s JOIN perfext.etl_jobs j USING (run_id) WHERE run_id = :run;
-- queryids lead to the statements.
SELECT s.step, q.query FROM perfext.etl_steps s, unnest(s.queryids) AS id
JOIN perfext.statements q ON q.queryid = id WHERE s.run_id = :run ORDER BY 1, q.query COLLATE "C";

-- Without names, what is loaded, or the statement, is the step.
SELECT perfext.job_start('unnamed') > :run AS later;
BEGIN;
INSERT INTO t SELECT g, 'y' FROM generate_series(1001, 1010) g;
INSERT INTO t VALUES (1011, 'y');
INSERT INTO part VALUES (1), (2);
INSERT INTO part_21 VALUES (500);
UPDATE t SET v = 'z' WHERE id > 1005;
DELETE FROM t WHERE id > 1010;
COMMIT;
MERGE INTO t USING (VALUES (1), (100000)) AS s(id) ON t.id = s.id
    WHEN MATCHED THEN UPDATE SET v = 'm' WHEN NOT MATCHED THEN INSERT VALUES (s.id, 'm');
COPY t (id) FROM STDIN;
2001
2002
\.
COPY t TO PROGRAM 'cat > /dev/null';
CREATE TABLE made AS SELECT * FROM t LIMIT 7;
CREATE TEMP TABLE made_temp AS SELECT * FROM t LIMIT 8;
SELECT 1 AS x INTO made_too;
INSERT INTO made_temp VALUES (1, 'a');
CREATE INDEX made_v ON made (v);
REINDEX TABLE made;
ANALYZE made;
VACUUM made;
REFRESH MATERIALIZED VIEW m;
TRUNCATE made;
SELECT id FROM t WHERE id <= 3 ORDER BY id;
SELECT id FROM t WHERE id <= 2 ORDER BY id;
WITH gone AS (DELETE FROM made_temp RETURNING *) SELECT count(*) FROM gone;
INSERT INTO t VALUES (3001) RETURNING id;
SELECT perfext.job_end('done') > 0 AS ended;
SELECT * FROM pg_temp.steps('unnamed');
SELECT status FROM perfext.etl_jobs WHERE job = 'unnamed';
SELECT DISTINCT operation, schemaname, relname, relid IS NOT NULL AS relid FROM perfext.etl_steps WHERE job = 'unnamed' AND operation IS NOT NULL
ORDER BY 1, 2, 3;

-- Statements inside of functions: their rows count, their time is in the outer one's.
CREATE FUNCTION load_in_function(n int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. n LOOP INSERT INTO t VALUES (10000 + i, 'f'); END LOOP;
    RETURN n;
END $$;
SELECT perfext.job_start('function') > 0 AS begun;
SELECT load_in_function(25);
DO $$ BEGIN DELETE FROM t WHERE id > 10000; END $$;
SELECT perfext.job_end() > 0 AS ended;
SELECT * FROM pg_temp.steps('function');
SELECT sum(total_time) <= sum(elapsed_time) AS counted_once FROM perfext.etl_steps WHERE job = 'function';

-- A job inside of a procedure, with commits; the CALL is around it and none of its statements.
CREATE PROCEDURE run_job(name text) LANGUAGE plpgsql AS $$
DECLARE run bigint;
BEGIN
    run := perfext.job_start(name);
    PERFORM perfext.job_step('one');
    INSERT INTO t SELECT g, 'p' FROM generate_series(20001, 20030) g;
    COMMIT;
    PERFORM perfext.job_step('two');
    PERFORM load_in_function(5);
    COMMIT;
    DELETE FROM t WHERE id > 10000;
    PERFORM perfext.job_end();
END $$;
CALL run_job('procedure');
SELECT * FROM pg_temp.steps('procedure');
SELECT status, commits, statements FROM perfext.etl_jobs WHERE job = 'procedure';
-- One that a procedure begins and the client goes on with.
CREATE PROCEDURE begin_job() LANGUAGE plpgsql AS $$
BEGIN
    PERFORM perfext.job_start('begun');
    INSERT INTO t VALUES (20001, 'b');
END $$;
CALL begin_job();
INSERT INTO t VALUES (20002, 'b'), (20003, 'b');
SELECT perfext.job_end() > 0 AS ended;
SELECT * FROM pg_temp.steps('begun');

-- A transaction that is rolled back: the run, its time and the rows that it wrote remain.
BEGIN;
SELECT perfext.job_start('rolled back') > 0 AS begun;
INSERT INTO t VALUES (20004, 'r');
ROLLBACK;
SELECT perfext.job_end() > 0 AS ended;
SELECT * FROM pg_temp.steps('rolled back');

-- A failure, and what comes after.
SELECT perfext.job_start('failing') > 0 AS begun;
INSERT INTO t VALUES (1, 'again');
SELECT 1 / (id - id) FROM t;
SELECT status, failures, statements FROM perfext.etl_jobs WHERE job = 'failing';
SELECT perfext.job_end('failed') > 0 AS ended;
SELECT status, failures FROM perfext.etl_jobs WHERE job = 'failing';
SELECT * FROM pg_temp.steps('failing') WHERE failures > 0;
-- The same under a name of a step, and inside of a subtransaction: caught, so no failure of the job.
SELECT perfext.job_start('catching') > 0 AS begun;
SELECT perfext.job_step('careful');
DO $$ BEGIN INSERT INTO t VALUES (1, 'again'); EXCEPTION WHEN unique_violation THEN NULL; END $$;
SELECT perfext.job_end() > 0 AS ended;
SELECT * FROM pg_temp.steps('catching');

-- A new run ends the one before.
SELECT perfext.job_start('first') > 0 AS begun;
SELECT perfext.job_start('second') > 0 AS begun;
SELECT job, status, ended IS NULL AS running FROM perfext.etl_jobs WHERE job IN ('first', 'second') ORDER BY run_id;
SELECT perfext.job_end() > 0 AS ended;

-- Statements of no run.
SELECT count(*) AS none FROM t WHERE id = 4711;
SELECT count(*) FROM perfext.etl_steps s, unnest(queryids) AS id JOIN perfext.statements q ON q.queryid = id WHERE q.query ~ 'AS none';

-- Errors, each with what to do.
SELECT perfext.job_start(NULL);
SELECT perfext.job_start('');
SELECT perfext.job_start('x', '[1]');
SELECT perfext.job_start('x', jsonb_build_object('long', repeat('x', 600)));
SELECT perfext.job_step('no run');
SELECT perfext.job_end();
SELECT perfext.job_start('errors') > 0 AS begun;
SELECT perfext.job_step(NULL);
SELECT perfext.job_step('');
SELECT perfext.job_step('x', -1);
SELECT perfext.job_end(NULL);
SELECT perfext.job_end('running');
SELECT perfext.job_end() > 0 AS ended;
SELECT perfext.report_job(-1);

-- Names are cut, at whole characters, and harmless.
SELECT perfext.job_start(repeat('n', 500)) > 0 AS begun;
SELECT perfext.job_step(repeat('s', 500)), perfext.job_step(E'\';DROP TABLE t;\n--%s%I');
SELECT perfext.job_end(repeat('e', 500)) AS cut
\gset
SELECT length(job) AS job, length(status) AS status FROM perfext.etl_jobs WHERE run_id = :cut;
SELECT length(step) AS length, left(step, 30) AS step FROM perfext.etl_steps WHERE run_id = :cut ORDER BY step_no;
SELECT count(*) > 0 AS reported FROM regexp_split_to_table(perfext.report_job(:cut), '\n') AS line WHERE line ~ 'DROP TABLE t; --%s%I';

-- More steps than there is room for: the last one takes the rest.
DO $$
BEGIN
    PERFORM perfext.job_start('many steps');
    FOR i IN 1 .. 100 LOOP
        PERFORM perfext.job_step('step ' || i);
        INSERT INTO t VALUES (30000 + i, 's');
    END LOOP;
    PERFORM perfext.job_end();
END $$;
SELECT steps, rows_in FROM perfext.etl_jobs WHERE job = 'many steps';
SELECT step, rows_in FROM perfext.etl_steps WHERE job = 'many steps' AND step_no >= 63 ORDER BY step_no;

-- The report: each step, the sum, and what is known of earlier runs.
SELECT perfext.job_start('reported') > 0 AS begun;
SELECT perfext.job_step('half of it', 20);
INSERT INTO t SELECT g, 'q' FROM generate_series(40001, 40010) g;
SELECT perfext.job_end() AS reported
\gset
SELECT regexp_replace(regexp_replace(line, '[0-9][0-9.,]*( (ms|s|bytes|kB|%))?', 'N', 'g'), ' +', ' ', 'g') AS line
FROM regexp_split_to_table(perfext.report_job(:reported), '\n') WITH ORDINALITY AS l(line, no)
WHERE line !~ '^From' AND line !~ '^Of the time' ORDER BY no;
-- The latest one, if none is named.
SELECT perfext.report_job() = perfext.report_job(:reported) AS latest;

-- A run is compared with those that ended well: not with one whose end was told as an error, in whatever words.
SELECT perfext.job_start('told') > 0 AS begun, perfext.job_end('Error: row 7') > 0 AS ended;
SELECT perfext.job_start('told') > 0 AS begun, perfext.job_end('loaded') > 0 AS ended;
SELECT count(*) FROM perfext.etl_job_changes WHERE job = 'told';
SELECT perfext.job_start('told') > 0 AS begun, perfext.job_end('loaded') > 0 AS ended;
SELECT count(*) FROM perfext.etl_job_changes WHERE job = 'told';

-- Others see that a run was, and its figures, but not what it was called.
CREATE ROLE regress_perfext_jobs;
CREATE ROLE regress_perfext_jobs_monitor IN ROLE pg_read_all_stats;
GRANT USAGE ON SCHEMA perfext_jobs TO regress_perfext_jobs;
GRANT ALL ON t TO regress_perfext_jobs;
SET ROLE regress_perfext_jobs;
SELECT perfext.report_job();
SELECT perfext.job_start('of another', '{"secret": 1}') AS another
\gset
SELECT perfext.job_step('hidden');
SELECT count(*) FROM t WHERE id = 1;
INSERT INTO t VALUES (50001, 'o');
SELECT perfext.job_end('strange') > 0 AS ended;
-- in full by its own user
SELECT job, status, tags, rows_in FROM perfext.etl_jobs WHERE run_id = :another;
SELECT job, step, rows_in FROM perfext.etl_steps WHERE run_id = :another ORDER BY step_no;
SELECT job, status, tags, rows_in FROM perfext.etl_jobs WHERE run_id = :run;
SELECT job, step, rows_in FROM perfext.etl_steps WHERE run_id = :run ORDER BY step_no;
SELECT DISTINCT job, step FROM perfext.etl_steps WHERE userid <> (SELECT oid FROM pg_roles WHERE rolname = current_user) AND is_named;
SELECT count(*) AS leaks FROM perfext.etl_steps() s WHERE s::text ~ 'half of it|careful';
SELECT count(*) AS leaks FROM perfext.etl_jobs() s WHERE s::text ~ 'Sunday|reported|done';
SELECT count(*) AS leaks FROM perfext.etl_job_changes s WHERE userid <> (SELECT oid FROM pg_roles WHERE rolname = current_user);
SELECT perfext.report_job(:run) ~ 'named|load' AS leaks;
SET ROLE regress_perfext_jobs_monitor;
SELECT job, status, tags, rows_in FROM perfext.etl_jobs WHERE run_id = :another;
SELECT step FROM perfext.etl_steps WHERE run_id = :another ORDER BY step_no;
RESET ROLE;

-- Forgetting: by user, by kind; a run under way goes on.
SELECT perfext.job_start('goes on') AS goes_on
\gset
SELECT perfext.reset(userid => (SELECT oid FROM pg_roles WHERE rolname = 'regress_perfext_jobs')) IS NOT NULL AS reset;
SELECT count(*) FROM perfext.etl_jobs WHERE run_id IN (:another, :run);
SELECT perfext.reset_kind('jobs') IS NOT NULL AS reset;
SELECT job, status FROM perfext.etl_jobs;
INSERT INTO t VALUES (50002, 'o');
SELECT perfext.job_end() = :goes_on AS ended;
SELECT job, rows_in FROM perfext.etl_jobs;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT count(*) FROM perfext.etl_jobs;
SELECT perfext.reset_kind('no such kind');

SET client_min_messages = warning;
DROP SCHEMA perfext_jobs CASCADE;
DROP ROLE regress_perfext_jobs, regress_perfext_jobs_monitor;
