-- Foreign tables: file_fdw, and postgres_fdw back to this server, whose asynchronous scans
-- do not come through the executor's usual door.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_foreign;
SET search_path = perfext_foreign, public;
SET perfext.node_timing = 'all';
SET max_parallel_workers_per_gather = 0;
CREATE EXTENSION IF NOT EXISTS file_fdw;
CREATE EXTENSION IF NOT EXISTS postgres_fdw;
CREATE TABLE t (a int, b text) WITH (autovacuum_enabled = off);
INSERT INTO t SELECT g, 'x' || g FROM generate_series(1, 1000) g;
ANALYZE t;
CREATE SERVER perfext_files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE f (a int, b text) SERVER perfext_files OPTIONS (program 'printf ''1,one\n2,two\n3,three\n''', format 'csv');
-- The port and socket of this very server.
DO $$
BEGIN
    EXECUTE format('CREATE SERVER perfext_loop1 FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L, async_capable ''true'')',
                   split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database());
    EXECUTE format('CREATE SERVER perfext_loop2 FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L, async_capable ''true'')',
                   split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database());
END $$;
CREATE USER MAPPING FOR CURRENT_USER SERVER perfext_loop1;
CREATE USER MAPPING FOR CURRENT_USER SERVER perfext_loop2;
CREATE FOREIGN TABLE r1 (a int, b text) SERVER perfext_loop1 OPTIONS (schema_name 'perfext_foreign', table_name 't');
CREATE FOREIGN TABLE r2 (a int, b text) SERVER perfext_loop2 OPTIONS (schema_name 'perfext_foreign', table_name 't');
CREATE TABLE p (a int, b text) PARTITION BY LIST (b);
CREATE TABLE local1 (a int, b text);
CREATE TABLE local2 (a int, b text);
INSERT INTO local1 SELECT g, 'one' FROM generate_series(1, 300) g;
INSERT INTO local2 SELECT g, 'two' FROM generate_series(1, 400) g;
CREATE FOREIGN TABLE p1 PARTITION OF p FOR VALUES IN ('one') SERVER perfext_loop1 OPTIONS (schema_name 'perfext_foreign', table_name 'local1');
CREATE FOREIGN TABLE p2 PARTITION OF p FOR VALUES IN ('two') SERVER perfext_loop2 OPTIONS (schema_name 'perfext_foreign', table_name 'local2');
CREATE TABLE p3 PARTITION OF p FOR VALUES IN ('three');
INSERT INTO p3 SELECT g, 'three' FROM generate_series(1, 50) g;
RESET client_min_messages;
CREATE FUNCTION pg_temp.nodes(pattern text) RETURNS TABLE (node_id int, node_type text, relname text, rows bigint, removed bigint, loops bigint, timed bool) LANGUAGE sql AS $$
    SELECT n.node_id, n.node_type, n.relname, n.rows, n.rows_removed, n.loops, n.total_time > 0
    FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
    WHERE s.query ~ pattern AND s.query !~ 'pg_temp' AND s.toplevel AND n.node_id >= 0 AND n.node_type ~ 'Foreign|Append|Seq Scan'
    ORDER BY n.node_id
$$;
SELECT perfext.reset() IS NOT NULL AS reset;

-- A file, with a filter.
SELECT a AS f_file FROM f WHERE b <> 'two';
SELECT * FROM pg_temp.nodes('AS f_file');

-- One remote table.
SELECT count(b) AS f_remote, random() > 2 FROM r1 WHERE a < 100;
SELECT relname, rows >= 1 AS rows, loops, timed FROM pg_temp.nodes('AS f_remote');

-- Asynchronous Append: several foreign scans at once. Rows and time are there.
SELECT b, count(random()) AS f_async FROM p GROUP BY b ORDER BY b;
SELECT node_type, sum(rows) AS rows, bool_and(timed) AS timed, bool_and(loops >= 1) AS loops FROM pg_temp.nodes('AS f_async') GROUP BY node_type ORDER BY node_type COLLATE "C";
SELECT count(random()) AS f_async2 FROM (SELECT a FROM r1 WHERE a <= 600 UNION ALL SELECT a + 1 FROM r2 WHERE a <= 200 UNION ALL SELECT a FROM t WHERE a <= 7) x;
SELECT node_type, sum(rows) AS rows, bool_and(timed) AS timed, bool_and(loops >= 1) AS loops FROM pg_temp.nodes('AS f_async2') GROUP BY node_type ORDER BY node_type COLLATE "C";
-- LIMIT stops them early, and all goes on.
SELECT a < 1000 AS f_limit FROM (SELECT a FROM r1 UNION ALL SELECT a + 1 FROM r2) x LIMIT 3;
SELECT node_type, sum(rows) AS rows FROM pg_temp.nodes('AS f_limit') WHERE node_type ~ 'Append' GROUP BY node_type;
-- EXPLAIN ANALYZE prints the same rows as without perfext: none is "never executed".
CREATE FUNCTION pg_temp.explained(stmt text) RETURNS TABLE (line text) LANGUAGE plpgsql AS $$
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || stmt LOOP
        RETURN NEXT;
    END LOOP;
END $$;
SELECT count(*) FILTER (WHERE line ~ 'Async Foreign Scan on') AS async_scans, count(*) FILTER (WHERE line ~ 'never executed') AS never_executed
FROM pg_temp.explained('SELECT count(random()) FROM p');
-- An error on the other side is one failure here.
SELECT count(1 / (a - 500)) AS f_error, random() > 2 FROM r1;
SELECT calls, failures FROM perfext.statements WHERE query ~ 'AS f_error' AND toplevel AND query ~ '^SELECT count\(\$1';
-- Remote writing.
UPDATE r1 SET b = 'new' WHERE a <= 20;
INSERT INTO r1 SELECT g, 'inserted' FROM generate_series(2001, 2010) g;
DELETE FROM r1 WHERE a > 2000;
SELECT query, calls, rows FROM perfext.statements WHERE query ~ '(UPDATE|INTO|FROM) r1' AND query !~ 'count|a \+' AND toplevel ORDER BY query COLLATE "C";
-- The other session's statements are entries of the same user and database.
SELECT bool_or(query ~ '^UPDATE perfext_foreign.t') AS remote_update FROM perfext.statements;
SELECT dropped, render_failures, last_error FROM perfext.info;
SET client_min_messages = warning;
DROP SCHEMA perfext_foreign CASCADE;
DROP SERVER IF EXISTS perfext_loop1 CASCADE;
DROP SERVER IF EXISTS perfext_loop2 CASCADE;
DROP SERVER IF EXISTS perfext_files CASCADE;
