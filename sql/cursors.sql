-- Cursors: run in pieces, counted once.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_cursors;
SET search_path = perfext_cursors;
RESET client_min_messages;
SET perfext.node_timing = 'all';
CREATE TABLE t (a int, b text);
INSERT INTO t SELECT g, 'x' || g FROM generate_series(1, 100) g;
-- The cursor's query: the nested entry with that many rows in it (before server 18 it has the
-- identifier of the DECLARE, after that one of its own).
CREATE FUNCTION pg_temp.cursors(pattern text)
RETURNS TABLE (toplevel bool, calls bigint, failures bigint, abandoned bigint, rows bigint, scan_rows numeric, scan_loops numeric)
LANGUAGE sql AS $$
    SELECT s.toplevel, s.calls, s.failures, s.abandoned, s.rows, sum(n.rows), sum(n.loops)
    FROM perfext.statements s LEFT JOIN perfext.plan_nodes n
        ON (n.userid, n.dbid, n.queryid, n.toplevel) = (s.userid, s.dbid, s.queryid, s.toplevel) AND n.node_type ~ 'Scan'
    WHERE NOT s.toplevel AND s.query ~* pattern AND s.query !~ 'pg_temp'
    GROUP BY s.toplevel, s.calls, s.failures, s.abandoned, s.rows
$$;

-- Several FETCHes are several runs of the executor, but one execution with the sum
-- of the rows.
SELECT perfext.reset() IS NOT NULL AS reset;
BEGIN;
DECLARE c CURSOR FOR SELECT a FROM t WHERE a <= 50;
FETCH 10 FROM c;
MOVE 5 FROM c;
FETCH 3 FROM c;
CLOSE c;
COMMIT;
SELECT * FROM pg_temp.cursors('SELECT a FROM t WHERE a <= ');
-- The FETCHes are entries of their own, with the rows they brought; all sizes are one.
SELECT calls, rows FROM perfext.statements WHERE query ~* '^fetch' AND toplevel;
SELECT calls, rows FROM perfext.statements WHERE query ~* '^move' AND toplevel;
SELECT calls FROM perfext.statements WHERE query ~* '^declare' AND toplevel;
SELECT calls FROM perfext.statements WHERE query ~* '^close' AND toplevel;

-- A cursor that is read to its end.
SELECT perfext.reset() IS NOT NULL AS reset;
BEGIN;
DECLARE c CURSOR FOR SELECT a FROM t WHERE a <= 7;
FETCH ALL FROM c;
FETCH ALL FROM c;
COMMIT;
SELECT * FROM pg_temp.cursors('SELECT a FROM t WHERE a <= ');

-- One that is never fetched from: executed, no row.
SELECT perfext.reset() IS NOT NULL AS reset;
DO $$
DECLARE c CURSOR FOR SELECT a, 'never' FROM t WHERE a <= 7;
BEGIN
    OPEN c;
    CLOSE c;
END $$;
SELECT calls, failures, abandoned, rows FROM pg_temp.cursors('^SELECT a, \S+ FROM t WHERE a <= ');

-- A cursor closed by COMMIT is a complete execution.
SELECT perfext.reset() IS NOT NULL AS reset;
BEGIN;
DECLARE c CURSOR FOR SELECT a FROM t WHERE a <= 50;
FETCH 2 FROM c;
COMMIT;
SELECT calls, failures, abandoned, rows FROM pg_temp.cursors('SELECT a FROM t WHERE a <= ');

-- A cursor that is open at an error, or at a ROLLBACK, is never ended: no call, but
-- counted as abandoned. Nor does it confuse what comes after.
SELECT perfext.reset() IS NOT NULL AS reset;
BEGIN;
DECLARE c CURSOR FOR SELECT a FROM t WHERE a <= 50;
FETCH 2 FROM c;
SELECT 1 / 0;
ROLLBACK;
SELECT calls, failures, abandoned FROM pg_temp.cursors('SELECT a FROM t WHERE a <= ');
BEGIN;
DECLARE c CURSOR FOR SELECT a FROM t WHERE a <= 60;
FETCH 2 FROM c;
ROLLBACK;
SELECT calls, failures, abandoned FROM pg_temp.cursors('SELECT a FROM t WHERE a <= ');
BEGIN;
DECLARE c CURSOR FOR SELECT a FROM t WHERE a <= 60;
FETCH 3 FROM c;
COMMIT;
SELECT calls, failures, abandoned, rows FROM pg_temp.cursors('SELECT a FROM t WHERE a <= ');
-- An error in the cursor's own query, at the second FETCH, is its failure.
BEGIN;
DECLARE c CURSOR FOR SELECT 10 / (5 - a) AS quotient FROM t WHERE a <= 60;
FETCH 4 FROM c;
FETCH 4 FROM c;
ROLLBACK;
SELECT calls, failures, abandoned FROM pg_temp.cursors('SELECT .* AS quotient');
SELECT calls, failures FROM perfext.statements WHERE query ~* '^fetch' AND toplevel;
-- A cursor from before a savepoint lives on after the rollback to it; one from after
-- it does not.
SELECT perfext.reset() IS NOT NULL AS reset;
BEGIN;
DECLARE c1 CURSOR FOR SELECT a FROM t WHERE a <= 50;
FETCH 2 FROM c1;
SAVEPOINT s;
DECLARE c2 CURSOR FOR SELECT a, b FROM t WHERE a <= 50;
FETCH 2 FROM c2;
ROLLBACK TO s;
FETCH 2 FROM c1;
COMMIT;
SELECT calls, failures, abandoned, rows FROM pg_temp.cursors('SELECT a FROM t WHERE a <= ');
SELECT calls, failures, abandoned FROM pg_temp.cursors('SELECT a, b FROM t WHERE a <= ');

-- Holdable: the rest is read at COMMIT; one execution.
SELECT perfext.reset() IS NOT NULL AS reset;
BEGIN;
DECLARE h CURSOR WITH HOLD FOR SELECT a FROM t WHERE a <= 20;
FETCH 2 FROM h;
COMMIT;
FETCH 3 FROM h;
CLOSE h;
SELECT calls, failures, abandoned, scan_rows >= 20 AS all_were_read FROM pg_temp.cursors('SELECT a FROM t WHERE a <= ');

-- SCROLL: backwards and from the start again.
SELECT perfext.reset() IS NOT NULL AS reset;
BEGIN;
DECLARE s SCROLL CURSOR FOR SELECT a FROM t WHERE a <= 20;
FETCH 3 FROM s;
FETCH BACKWARD 2 FROM s;
FETCH FIRST FROM s;
FETCH LAST FROM s;
FETCH ABSOLUTE 5 FROM s;
CLOSE s;
COMMIT;
SELECT calls, failures, abandoned, rows >= 6 AS rows FROM pg_temp.cursors('SELECT a FROM t WHERE a <= ');

-- Two cursors of the same statement, run in turns, do not mix.
SELECT perfext.reset() IS NOT NULL AS reset;
BEGIN;
DECLARE c1 CURSOR FOR SELECT a FROM t WHERE a <= 50;
DECLARE c2 CURSOR FOR SELECT a FROM t WHERE a <= 30;
FETCH 2 FROM c1;
FETCH 2 FROM c2;
FETCH 2 FROM c1;
CLOSE c1;
FETCH 2 FROM c2;
COMMIT;
SELECT calls, rows, scan_rows, scan_loops FROM pg_temp.cursors('SELECT a FROM t WHERE a <= ');

-- Time between FETCHes is not the cursor's.
SELECT perfext.reset() IS NOT NULL AS reset;
BEGIN;
DECLARE c CURSOR FOR SELECT a FROM t WHERE a <= 50;
FETCH 1 FROM c;
SELECT pg_sleep(0.3);
FETCH 1 FROM c;
COMMIT;
SELECT total_exec_time < 250 AS without_pause FROM perfext.statements WHERE NOT toplevel AND rows = 2 AND query ~ 'SELECT a FROM t WHERE a <= ';
SELECT n.self_time < 250 AS without_pause FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE NOT toplevel AND n.node_type = 'Seq Scan' AND s.query ~ 'SELECT a FROM t WHERE a <= ';

-- PL/pgSQL: loops and refcursors.
CREATE FUNCTION walk(n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    c CURSOR FOR SELECT a || b AS of_cursor FROM t WHERE a <= 40;
    r record;
    i int := 0;
BEGIN
    FOR r IN SELECT b AS of_loop FROM t WHERE a <= 90 LOOP
        i := i + 1;
        EXIT WHEN i >= n;
    END LOOP;
    OPEN c;
    FETCH c INTO r;
    FETCH c INTO r;
    CLOSE c;
    RETURN i;
END $$;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT walk(5);
SELECT walk(1000);
SELECT calls, failures, abandoned, rows > 0 AS rows FROM pg_temp.cursors('AS of_loop');
SELECT calls, failures, abandoned, rows FROM pg_temp.cursors('AS of_cursor');
-- A refcursor given to the client, open after the function.
CREATE FUNCTION give(c refcursor) RETURNS refcursor LANGUAGE plpgsql AS $$
BEGIN
    OPEN c FOR SELECT a, a + 1 AS given FROM t WHERE a <= 40;
    RETURN c;
END $$;
BEGIN;
SELECT give('rc');
FETCH 4 FROM rc;
FETCH 4 FROM rc;
COMMIT;
SELECT calls, failures, abandoned, rows FROM pg_temp.cursors('AS given');

-- UPDATE WHERE CURRENT OF.
SELECT perfext.reset() IS NOT NULL AS reset;
BEGIN;
DECLARE c CURSOR FOR SELECT a FROM t WHERE a <= 50 FOR UPDATE;
FETCH 3 FROM c;
UPDATE t SET b = 'current' WHERE CURRENT OF c;
COMMIT;
SELECT calls, rows FROM perfext.statements WHERE query ~ '^UPDATE t';

SELECT dropped, last_error FROM perfext.info;
SET client_min_messages = warning;
DROP SCHEMA perfext_cursors CASCADE;
