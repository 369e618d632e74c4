-- What lies between statements: commits, idle time, deferred checks, and that
-- perfext's own work in a transaction disturbs nothing.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_transactions;
SET search_path = perfext_transactions;
RESET client_min_messages;
CREATE TABLE t (a int);
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE seen (n bigint);

-- Commits inside a procedure are the procedure's, not those of the statement before it.
CREATE PROCEDURE batch() LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. 5 LOOP
        INSERT INTO t VALUES (i);
        COMMIT;
    END LOOP;
END $$;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT 'before', 1;
CALL batch();
SELECT 'after', 1;
SELECT query, calls, commits FROM perfext.statements
WHERE toplevel AND (query ~* '^call' OR query ~ '^SELECT \$1, \$2$') ORDER BY query COLLATE "C";

-- A gap in which no transaction was open is no idle time in one: after a read-only
-- COMMIT, after several statements in one message, after COMMIT of a failed transaction.
SELECT perfext.reset() IS NOT NULL AS reset;
BEGIN;
SELECT count(*) AS read_only FROM t;
COMMIT;
\! sleep 0.2
SELECT 1 AS gap_1;
SELECT 1 AS x \; SELECT 2 AS x, 3 AS y;
\! sleep 0.2
SELECT 1, 2, 3, 4, 5 AS gap_2;
BEGIN;
SELECT 1 / 0 AS failing;
COMMIT;
\! sleep 0.2
SELECT 1, 2, 3 AS gap_3;
-- And one in which it was.
BEGIN;
\! sleep 0.2
SELECT 1, 2, 3, 4 AS gap_4;
COMMIT;
SELECT query, client_gap_time >= 150 AS gap, idle_in_transaction_time >= 150 AS idle
FROM perfext.statements WHERE query ~ 'gap_' ORDER BY query COLLATE "C";

-- After COMMIT of a failed transaction plans are described as ever.
SELECT perfext.reset() IS NOT NULL AS reset;
SET perfext.node_timing = 'all';
BEGIN;
SELECT 1 / 0 AS failing;
COMMIT;
BEGIN;
SELECT count(*) AS described FROM t WHERE a = 1;
COMMIT;
SELECT p.calls, p.samples, p.plan IS NOT NULL AS plan
FROM perfext.plans p JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query ~ 'AS described';
RESET perfext.node_timing;

-- Deferred checks are booked on the COMMIT that ran them; those of a transaction that
-- failed in them on nobody.
SELECT perfext.reset() IS NOT NULL AS reset;
INSERT INTO parent VALUES (1);
BEGIN;
INSERT INTO child VALUES (-1);
COMMIT;
INSERT INTO t VALUES (7);
SELECT 1 AS last_one;
SELECT coalesce(sum(fk_checks), 0) AS checks FROM perfext.statements WHERE query ~* '^insert into t ';
SELECT count(*) AS entries FROM perfext.statements WHERE query ~ 'FOR KEY SHARE';

-- Putting a plan into words leaves the progress of the command under way alone.
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO seen SELECT count(*) FROM pg_stat_progress_copy WHERE pid = pg_backend_pid();
    RETURN NEW;
END $$;
CREATE TRIGGER look BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION look();
SELECT perfext.reset() IS NOT NULL AS reset;
SET perfext.node_timing = 'all';
COPY t FROM stdin;
1
2
\.
SELECT n FROM seen;
RESET perfext.node_timing;

-- A statement that fails as it starts counts, whatever its rollback leaves.
CREATE ROLE regress_perfext_starts;
GRANT USAGE ON SCHEMA perfext_transactions TO regress_perfext_starts;
SELECT perfext.reset() IS NOT NULL AS reset;
SET ROLE regress_perfext_starts;
SELECT count(*) AS refused FROM seen;
BEGIN;
SAVEPOINT s;
SELECT count(*) AS refused FROM seen;
ROLLBACK TO s;
SELECT 1 AS goes_on;
COMMIT;
DO $$
BEGIN
    FOR i IN 1..3 LOOP
        BEGIN
            PERFORM count(*) AS refused FROM seen;
        EXCEPTION WHEN insufficient_privilege THEN
            PERFORM 2 AS goes_on;
        END;
    END LOOP;
END $$;
RESET ROLE;
SELECT s.toplevel, s.calls, s.failures, s.query FROM perfext.statements AS s
WHERE s.query ~ 'refused|goes_on' AND s.query ~* '^select' ORDER BY s.toplevel, s.query;

SET client_min_messages = warning;
DROP OWNED BY regress_perfext_starts;
DROP ROLE regress_perfext_starts;
DROP SCHEMA perfext_transactions CASCADE;
