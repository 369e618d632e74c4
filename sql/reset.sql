-- Forgetting: all, by user, database, statement, kind, or only min and max.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_reset;
SET search_path = perfext_reset;
SET perfext.node_timing = 'all';
CREATE TABLE t (a int);
CREATE ROLE regress_perfext_reset;
GRANT USAGE ON SCHEMA perfext_reset TO regress_perfext_reset;
GRANT SELECT ON t TO regress_perfext_reset;
RESET client_min_messages;
CREATE FUNCTION pg_temp.seen() RETURNS TABLE (who name, what text, calls bigint, plans bigint, nodes bigint) LANGUAGE sql AS $$
    SELECT CASE WHEN r.rolname = current_user THEN 'me' ELSE r.rolname END, substring(s.query FROM 'AS (r_\w+)'), s.calls,
           (SELECT count(*) FROM perfext.plans p WHERE (p.userid, p.dbid, p.queryid, p.toplevel) = (s.userid, s.dbid, s.queryid, s.toplevel)),
           (SELECT count(*) FROM perfext.plan_nodes n WHERE (n.userid, n.dbid, n.queryid, n.toplevel) = (s.userid, s.dbid, s.queryid, s.toplevel) AND n.node_id >= 0)
    FROM perfext.statements s JOIN pg_roles r ON r.oid = s.userid
    WHERE s.query ~ 'AS r_' AND s.query !~ 'pg_temp'
    ORDER BY 1, 2
$$;
CREATE FUNCTION pg_temp.id(what text) RETURNS bigint LANGUAGE sql AS $$
    SELECT DISTINCT queryid FROM perfext.statements WHERE query ~ ('AS ' || what) AND query !~ 'pg_temp'
$$;

-- All; the time that it answers is the new one of info, and the counters start again.
SELECT perfext.reset() AS reset_at
\gset
SELECT :'reset_at'::timestamptz <= clock_timestamp() AND :'reset_at'::timestamptz > clock_timestamp() - interval '1 hour' AS now_about,
       stats_reset = :'reset_at' AS in_info, recorded < 5 AS counts_anew
FROM perfext.info;
SELECT count(*) <= 3 AS nearly_empty FROM perfext.statements;

-- By statement, with its plans and nodes.
SELECT a AS r_one FROM t;
SELECT a AS r_two, a FROM t;
SET ROLE regress_perfext_reset;
SELECT a AS r_one FROM t;
SELECT a AS r_two, a FROM t;
RESET ROLE;
SELECT * FROM pg_temp.seen();
SELECT perfext.reset(queryid => pg_temp.id('r_one')) IS NOT NULL AS reset;
SELECT * FROM pg_temp.seen();
SELECT count(*) AS orphans FROM perfext.plans p WHERE NOT EXISTS (SELECT FROM perfext.statements s WHERE (p.userid, p.dbid, p.queryid, p.toplevel) = (s.userid, s.dbid, s.queryid, s.toplevel));
SELECT count(*) AS orphans FROM perfext.plan_nodes n WHERE NOT EXISTS (SELECT FROM perfext.plans p WHERE (p.userid, p.dbid, p.queryid, p.toplevel, p.planid) = (n.userid, n.dbid, n.queryid, n.toplevel, n.planid));
-- What was forgotten is recorded again from one.
SELECT a AS r_one FROM t;
SELECT * FROM pg_temp.seen();

-- By user.
SELECT perfext.reset(userid => (SELECT oid FROM pg_roles WHERE rolname = 'regress_perfext_reset')) IS NOT NULL AS reset;
SELECT * FROM pg_temp.seen();
-- Such a partial reset leaves the time in info alone.
SELECT stats_reset = :'reset_at' AS in_info FROM perfext.info;

-- By database: another one, then this one.
SELECT perfext.reset(dbid => (SELECT oid FROM pg_database WHERE datname = 'template0')) IS NOT NULL AS reset;
SELECT * FROM pg_temp.seen();
SELECT perfext.reset(dbid => (SELECT oid FROM pg_database WHERE datname = current_database())) IS NOT NULL AS reset;
SELECT * FROM pg_temp.seen();

-- All three together: only what fits all.
SELECT a AS r_one FROM t;
SELECT a AS r_two, a FROM t;
SELECT perfext.reset((SELECT oid FROM pg_roles WHERE rolname = 'regress_perfext_reset'),
                     (SELECT oid FROM pg_database WHERE datname = current_database()), pg_temp.id('r_one')) IS NOT NULL AS reset;
SELECT * FROM pg_temp.seen();
SELECT perfext.reset((SELECT oid FROM pg_roles WHERE rolname = current_user),
                     (SELECT oid FROM pg_database WHERE datname = current_database()), pg_temp.id('r_one')) IS NOT NULL AS reset;
SELECT * FROM pg_temp.seen();
-- Nothing fits: no error.
SELECT perfext.reset(queryid => 1) IS NOT NULL AS reset;
SELECT perfext.reset(userid => 1, dbid => 1, queryid => -1) IS NOT NULL AS reset;
-- NULL is no wildcard: nothing happens.
SELECT perfext.reset(NULL, NULL, NULL) IS NULL AS nothing;
SELECT * FROM pg_temp.seen();

-- minmax_only: the rest stays; min and max are those of the executions after it.
SELECT pg_sleep(0.05) AS r_sleep;
SELECT pg_sleep(0.001) AS r_sleep;
SELECT max_exec_time >= 50 AS max, min_exec_time < 25 AS min, minmax_stats_since = stats_since AS since FROM perfext.statements WHERE query ~ 'AS r_sleep';
SELECT perfext.reset(queryid => pg_temp.id('r_sleep'), minmax_only => true) AS reset_at
\gset
SELECT calls, total_exec_time >= 50 AS total, min_exec_time, max_exec_time, minmax_stats_since > stats_since AS since, minmax_stats_since = :'reset_at' AS at_reset
FROM perfext.statements WHERE query ~ 'AS r_sleep';
SELECT pg_sleep(0.002) AS r_sleep;
SELECT calls, total_exec_time >= 50 AS total, max_exec_time < 45 AS max, min_exec_time >= 2 AS min FROM perfext.statements WHERE query ~ 'AS r_sleep';

-- By kind. Plans without statements; then statements with their plans.
SELECT a AS r_one FROM t;
SELECT perfext.reset_kind('plans') IS NOT NULL AS reset;
-- The percentiles know the executions of plans that are gone.
SELECT p50_exec_time BETWEEN min_exec_time AND max_exec_time AND p99_exec_time > 0 AS still_there
FROM perfext.statements WHERE queryid = pg_temp.id('r_one') AND userid = (SELECT oid FROM pg_roles WHERE rolname = current_user);
SELECT * FROM pg_temp.seen() WHERE what IN ('r_one', 'r_two');
SELECT a AS r_one FROM t;
SELECT * FROM pg_temp.seen() WHERE what IN ('r_one', 'r_two');
SELECT perfext.reset_kind('statements') IS NOT NULL AS reset;
SELECT * FROM pg_temp.seen();
SELECT count(*) < 5 AS few FROM perfext.plans;
SELECT perfext.reset_kind('no such kind');
SELECT perfext.reset_kind('');
SELECT perfext.reset_kind(NULL) IS NULL AS nothing;

-- A reset while a statement runs: the statement is not lost, nor is the server.
DO $$
BEGIN
    PERFORM a AS r_nested FROM t;
    PERFORM perfext.reset();
    PERFORM a AS r_nested FROM t;
END $$;
SELECT calls FROM pg_temp.seen() WHERE what = 'r_nested';
SELECT calls FROM perfext.statements WHERE query ~ '^DO';
BEGIN;
DECLARE c CURSOR FOR SELECT g AS r_cursor FROM generate_series(1, 10) g;
FETCH 2 FROM c;
SELECT perfext.reset() IS NOT NULL AS reset;
FETCH 2 FROM c;
COMMIT;
SELECT calls, rows FROM perfext.statements WHERE query ~ 'AS r_cursor' AND NOT toplevel;
PREPARE q AS SELECT a AS r_prepared, 1 FROM t;
EXECUTE q;
SELECT perfext.reset() IS NOT NULL AS reset;
EXECUTE q;
EXECUTE q;
SELECT what, calls, plans, nodes FROM pg_temp.seen();

SELECT dropped, last_error FROM perfext.info;
SET client_min_messages = warning;
DROP SCHEMA perfext_reset CASCADE;
DROP ROLE regress_perfext_reset;
