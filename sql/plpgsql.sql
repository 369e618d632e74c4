-- Nested statements: functions, loops, caught errors, cached plans, triggers.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_plpgsql;
SET search_path = perfext_plpgsql;
RESET client_min_messages;
SET perfext.node_timing = 'all';
SET max_parallel_workers_per_gather = 0;
CREATE TABLE t (a int PRIMARY KEY, b text);
INSERT INTO t SELECT g, 'x' || g FROM generate_series(1, 100) g;
CREATE FUNCTION pg_temp.seen(pattern text)
RETURNS TABLE (toplevel bool, calls bigint, failures bigint, rows bigint, samples numeric, scan_rows numeric)
LANGUAGE sql AS $$
    SELECT s.toplevel, s.calls, s.failures, s.rows, max(n.samples), sum(n.rows)
    FROM perfext.statements s LEFT JOIN perfext.plan_nodes n
        ON (n.userid, n.dbid, n.queryid, n.toplevel) = (s.userid, s.dbid, s.queryid, s.toplevel) AND n.node_type ~ 'Scan'
    WHERE s.query ~* pattern AND s.query !~ 'pg_temp.seen|^CREATE'
    GROUP BY s.userid, s.dbid, s.queryid, s.toplevel, s.calls, s.failures, s.rows
    ORDER BY 1
$$;

-- Statements in nested functions, over many executions of cached plans (custom, then
-- generic): every one counted and measured.
CREATE FUNCTION inner_f(i int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r text;
BEGIN
    SELECT b INTO r FROM t AS inner_t WHERE a = i;
    RETURN r;
END $$;
CREATE FUNCTION outer_f(n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE r int := 0;
BEGIN
    FOR i IN 1..n LOOP
        PERFORM inner_f(i);
        SELECT r + count(*) INTO r FROM t AS outer_t WHERE a < i;
    END LOOP;
    RETURN r;
END $$;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT outer_f(20);
SELECT * FROM pg_temp.seen('FROM t AS inner_t');
SELECT * FROM pg_temp.seen('FROM t AS outer_t');
SELECT toplevel, calls, rows FROM pg_temp.seen('^select outer_f');
SELECT toplevel, calls, rows FROM pg_temp.seen('^select inner_f');
-- Again, after the plans were made again.
ALTER TABLE t ADD COLUMN c int;
SELECT outer_f(5);
SELECT toplevel, calls, failures, rows, samples FROM pg_temp.seen('FROM t AS inner_t');
-- And by prepared statements, whose plans are cached the same way.
PREPARE q(int) AS SELECT b, b AS prepared FROM t WHERE a = $1;
DO $$ BEGIN FOR i IN 1..12 LOOP EXECUTE 'EXECUTE q(' || i || ')'; END LOOP; END $$;
SELECT toplevel, calls, rows, samples FROM pg_temp.seen('AS prepared');
DEALLOCATE q;

-- Errors that are caught are failures of the statement that raised them, not of the
-- outer one; what the block did before is counted.
CREATE FUNCTION careful(n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE caught int := 0;
BEGIN
    FOR i IN 1..n LOOP
        BEGIN
            PERFORM b AS before_error FROM t WHERE a = i;
            PERFORM 10 / (i % 2) AS the_error FROM t WHERE a = i;
        EXCEPTION WHEN division_by_zero THEN
            caught := caught + 1;
        END;
    END LOOP;
    PERFORM b AS after_errors FROM t WHERE a = n;
    RETURN caught;
END $$;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT careful(10);
SELECT * FROM pg_temp.seen('AS before_error');
SELECT toplevel, calls, failures, rows FROM pg_temp.seen('AS the_error');
SELECT * FROM pg_temp.seen('AS after_errors');
SELECT toplevel, calls, failures, rows FROM pg_temp.seen('^select careful');
-- The error comes through several functions: a failure of each statement on the way.
CREATE FUNCTION fails(i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 / i AS deepest; RETURN 1; END $$;
CREATE FUNCTION middle(i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM fails(i), 1; RETURN 2; END $$;
CREATE FUNCTION catches(i int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    PERFORM middle(i), 1, 2;
    RETURN 3;
EXCEPTION WHEN OTHERS THEN
    RETURN 4;
END $$;
SELECT catches(0);
SELECT catches(1);
SELECT toplevel, calls, failures FROM pg_temp.seen('AS deepest');
SELECT toplevel, calls, failures FROM pg_temp.seen('^select fails');
SELECT toplevel, calls, failures FROM pg_temp.seen('^select middle');
SELECT toplevel, calls, failures FROM pg_temp.seen('^select catches');
-- A statement that fails when it is planned has failed too.
DO $$
BEGIN
    FOR i IN 1..3 LOOP
        BEGIN
            PERFORM 1 / 0, 'planned' AS never_planned;
        EXCEPTION WHEN division_by_zero THEN
            NULL;
        END;
    END LOOP;
END $$;
SELECT toplevel, calls, failures FROM pg_temp.seen('AS never_planned');
-- Nesting is counted right after all that: this is a top-level statement.
SELECT count(*) AS after_all FROM t;
SELECT toplevel, calls FROM pg_temp.seen('AS after_all');
-- Uncaught: all fail, and the next is top level again.
SELECT middle(0);
SELECT count(*) AS after_all FROM t;
SELECT toplevel, calls, failures FROM pg_temp.seen('^select middle');
SELECT toplevel, calls FROM pg_temp.seen('AS after_all');
-- Utility statements that fail inside.
DO $$
BEGIN
    BEGIN
        CREATE TABLE t (x int);
    EXCEPTION WHEN duplicate_table THEN NULL;
    END;
    BEGIN
        EXECUTE 'DROP TABLE no_such';
    EXCEPTION WHEN undefined_table THEN NULL;
    END;
END $$;
SELECT toplevel, calls, failures FROM perfext.statements WHERE query ~* '^create table t \(x' OR query ~ '^DROP TABLE no_such' ORDER BY query COLLATE "C";
SELECT count(*) AS after_all FROM t;
SELECT toplevel, calls FROM pg_temp.seen('AS after_all');

-- Savepoints and failed transactions of the client.
SELECT perfext.reset() IS NOT NULL AS reset;
BEGIN;
SAVEPOINT s;
SELECT 1 / (a - 1) AS in_savepoint FROM t;
ROLLBACK TO s;
SELECT 1 / (a + 1) AS in_savepoint, 1 FROM t LIMIT 3;
COMMIT;
SELECT toplevel, calls, failures, rows FROM pg_temp.seen('AS in_savepoint') ORDER BY calls;

-- Recursion: each level is an execution.
CREATE FUNCTION depth(n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE r int;
BEGIN
    IF n = 0 THEN RETURN 0; END IF;
    SELECT 1 + depth(n - 1) INTO r FROM t AS recursion WHERE a = 1;
    RETURN r;
END $$;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT depth(30);
SELECT * FROM pg_temp.seen('AS recursion');
-- The inner time is part of the outer time, and the largest is the outermost.
SELECT max_exec_time <= (SELECT total_exec_time FROM perfext.statements WHERE query = 'SELECT depth($1)') AS nested FROM perfext.statements
WHERE query ~ 'AS recursion' AND NOT toplevel;
-- Too deep: an error, and all is well after it.
SET max_stack_depth = '100kB';
DO $$
BEGIN
    PERFORM depth(10000);
EXCEPTION WHEN statement_too_complex THEN
    RAISE NOTICE 'too deep';
END $$;
RESET max_stack_depth;
SELECT count(*) AS after_recursion FROM t;
SELECT toplevel, calls FROM pg_temp.seen('AS after_recursion');

-- SECURITY DEFINER: the statements inside run as, and belong to, the definer; the call belongs
-- to the caller.
CREATE ROLE regress_perfext_definer;
CREATE ROLE regress_perfext_caller;
GRANT USAGE, CREATE ON SCHEMA perfext_plpgsql TO regress_perfext_definer, regress_perfext_caller;
GRANT SELECT ON t TO regress_perfext_definer;
SET ROLE regress_perfext_definer;
CREATE FUNCTION definer_f() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = perfext_plpgsql AS $$
DECLARE n bigint;
BEGIN
    SELECT count(*) INTO n FROM t AS by_definer;
    RETURN n;
END $$;
SET ROLE regress_perfext_caller;
SELECT definer_f();
RESET ROLE;
SELECT r.rolname, s.toplevel, s.calls FROM perfext.statements s JOIN pg_roles r ON r.oid = s.userid
WHERE s.query ~ 'AS by_definer' OR s.query ~ '^SELECT definer_f' ORDER BY 1, 2;
DROP OWNED BY regress_perfext_definer, regress_perfext_caller;
DROP ROLE regress_perfext_definer, regress_perfext_caller;

-- Triggers: each row's statements are nested entries.
CREATE TABLE log (a int);
CREATE FUNCTION log_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO log VALUES (NEW.a);
    RETURN NEW;
END $$;
CREATE TRIGGER t_before BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION log_row();
CREATE TRIGGER t_after AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION log_row();
CREATE FUNCTION log_statement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO log SELECT -count(*) FROM new_rows;
    RETURN NULL;
END $$;
CREATE TRIGGER t_statement AFTER UPDATE ON t REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION log_statement();
SELECT perfext.reset() IS NOT NULL AS reset;
UPDATE t SET b = 'y' WHERE a <= 20;
SELECT toplevel, calls, rows FROM pg_temp.seen('^insert into log values');
SELECT toplevel, calls, rows FROM pg_temp.seen('^insert into log select');
SELECT toplevel, calls, rows FROM pg_temp.seen('^update t');
-- The trigger's statement runs inside the outer statement, also in time.
SELECT i.total_exec_time < u.total_exec_time AS inside FROM perfext.statements i, perfext.statements u
WHERE i.query ~* '^insert into log values' AND u.query ~* '^update t';
-- Deferred triggers run at COMMIT: counted all the same (whether nested or not is
-- as pg_stat_statements has it: after the COMMIT's own end, at the top level).
CREATE CONSTRAINT TRIGGER t_deferred AFTER UPDATE ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_row();
SELECT perfext.reset() IS NOT NULL AS reset;
BEGIN;
UPDATE t SET b = 'y' WHERE a <= 5;
COMMIT;
SELECT sum(calls) AS calls, sum(rows) AS rows FROM pg_temp.seen('^insert into log values');

-- SQL functions: not inlined, and inlined ones.
CREATE FUNCTION sql_f(i int) RETURNS bigint LANGUAGE sql VOLATILE AS 'SELECT count(*) FROM t AS in_sql WHERE a < i; SELECT count(*) + 1 FROM t AS in_sql WHERE a > i';
CREATE FUNCTION sql_rows(i int) RETURNS SETOF int LANGUAGE sql VOLATILE AS 'SELECT a FROM t AS in_srf WHERE a < i';
CREATE FUNCTION sql_inlined(i int) RETURNS SETOF int LANGUAGE sql STABLE AS 'SELECT a FROM t AS inlined WHERE a < i';
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT sql_f(5), sql_f(6);
SELECT count(*) FROM sql_rows(8);
-- A target list's rows come one by one; LIMIT leaves the function unfinished.
SELECT sql_rows(50) LIMIT 3;
SELECT count(*) FROM sql_inlined(8);
SELECT toplevel, sum(calls) AS calls, sum(rows) AS rows FROM perfext.statements WHERE query ~ 'AS in_sql' AND NOT toplevel GROUP BY 1;
SELECT toplevel, calls, failures FROM pg_temp.seen('AS in_srf');
SELECT count(*) AS inlined_is_no_entry FROM perfext.statements WHERE query ~ 'AS inlined' AND NOT toplevel AND query !~ 'CREATE';

-- Procedures that commit in between.
CREATE PROCEDURE commits(n int) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..n LOOP
        INSERT INTO log VALUES (1000 + i);
        COMMIT;
    END LOOP;
    INSERT INTO log VALUES (0);
    ROLLBACK;
END $$;
SELECT perfext.reset() IS NOT NULL AS reset;
CALL commits(4);
SELECT toplevel, sum(calls) AS calls, sum(rows) AS rows FROM pg_temp.seen('^insert into log values') GROUP BY 1;
SELECT toplevel, calls, failures FROM pg_temp.seen('^call commits');
SELECT toplevel, sum(calls) AS calls FROM pg_temp.seen('^(commit|rollback)') GROUP BY 1;

SELECT dropped, render_failures, last_error FROM perfext.info;
SET client_min_messages = warning;
DROP SCHEMA perfext_plpgsql CASCADE;
