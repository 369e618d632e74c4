-- Who sees what, and who may reset.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_privileges;
SET search_path = perfext_privileges;
SET perfext.node_timing = 'all';
SET max_parallel_workers_per_gather = 0;
CREATE ROLE regress_perfext_one;
CREATE ROLE regress_perfext_two;
CREATE ROLE regress_perfext_monitor IN ROLE pg_read_all_stats;
-- A member without inheritance has not the privileges of the role.
CREATE ROLE regress_perfext_no_inherit NOINHERIT IN ROLE pg_read_all_stats;
GRANT USAGE ON SCHEMA perfext_privileges TO regress_perfext_one, regress_perfext_two;
CREATE TABLE t (a int, b text);
INSERT INTO t SELECT g, 'x' || g FROM generate_series(1, 100) g;
CREATE INDEX t_a ON t (a);
ANALYZE t;
GRANT SELECT ON t TO regress_perfext_one, regress_perfext_two;
RESET client_min_messages;
SELECT perfext.reset() IS NOT NULL AS reset;

SET ROLE regress_perfext_one;
SELECT count(*) AS of_one FROM t alias_of_one WHERE b > 'x5' AND a <> 7 /*route='one'*/;
SET ROLE regress_perfext_two;
SELECT count(*), 2 AS of_two FROM t WHERE b > 'x5' AND a <> 7 /*route='two'*/;

-- The user two sees rows of the other user, with their figures but without what
-- comes from the text.
SELECT r.rolname, s.calls, s.rows, s.total_exec_time > 0 AS "time", s.query, s.tags
FROM perfext.statements s JOIN pg_roles r ON r.oid = s.userid
WHERE r.rolname LIKE 'regress\_perfext\_%' AND s.toplevel AND (s.tags IS NOT NULL OR s.userid <> (SELECT oid FROM pg_roles WHERE rolname = current_user))
ORDER BY r.rolname COLLATE "C", s.query COLLATE "C", s.rows;
SELECT r.rolname, count(*) > 0 AS plans, count(p.plan) > 0 AS plan_texts FROM perfext.plans p JOIN pg_roles r ON r.oid = p.userid
WHERE r.rolname LIKE 'regress\_perfext\_%' GROUP BY 1 ORDER BY r.rolname COLLATE "C";
SELECT r.rolname, n.node_type, n.relname, n.rows, n.filter, n.condition, n.predicates IS NOT NULL AS predicates
FROM perfext.plan_nodes n JOIN pg_roles r ON r.oid = n.userid
WHERE r.rolname LIKE 'regress\_perfext\_%' AND n.node_type = 'Seq Scan' AND n.relname = 't' ORDER BY r.rolname COLLATE "C";
-- Nowhere in what that user can see of others is a text: no row. (The queryid is not masked: with it
-- nothing can be read.)
SELECT s.query FROM perfext.statements s WHERE s.userid <> (SELECT oid FROM pg_roles WHERE rolname = current_user)
  AND (s.query <> '<insufficient privilege>' OR s.tags IS NOT NULL);
SELECT p.plan FROM perfext.plans p WHERE p.userid <> (SELECT oid FROM pg_roles WHERE rolname = current_user) AND p.plan IS NOT NULL;
SELECT n.filter, n.condition FROM perfext.plan_nodes n WHERE n.userid <> (SELECT oid FROM pg_roles WHERE rolname = current_user)
  AND (n.filter IS NOT NULL OR n.condition IS NOT NULL OR n.predicates IS NOT NULL);
SELECT count(*) AS leaks FROM perfext.plan_nodes n WHERE n::text ~ 'alias_of_one|of_one';
SELECT count(*) AS leaks FROM perfext.plans p WHERE p::text ~ 'alias_of_one|of_one';
-- The functions behind the views hide the same.
SELECT count(*) AS leaks FROM perfext.statements() s WHERE s.query ~ 'of_one' OR s.tags::text ~ 'one';
SELECT count(*) AS leaks FROM perfext.plan_nodes() n JOIN pg_roles r ON r.oid = n.userid WHERE r.rolname = 'regress_perfext_one' AND n.filter IS NOT NULL;

-- Only those who may can reset.
SELECT perfext.reset();
SELECT perfext.reset(userid => (SELECT oid FROM pg_roles WHERE rolname = current_user));
SELECT perfext.reset_kind('statements');

-- pg_read_all_stats sees all; so does a superuser; a member that does not inherit it only after SET ROLE.
SET ROLE regress_perfext_monitor;
SELECT r.rolname, s.query, s.tags FROM perfext.statements s JOIN pg_roles r ON r.oid = s.userid
WHERE s.query ~ ' AS of_' ORDER BY r.rolname COLLATE "C";
SELECT r.rolname, count(p.plan) AS plan_texts FROM perfext.plans p JOIN pg_roles r ON r.oid = p.userid JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query ~ ' AS of_' GROUP BY 1 ORDER BY r.rolname COLLATE "C";
SELECT r.rolname, n.filter FROM perfext.plan_nodes n JOIN pg_roles r ON r.oid = n.userid JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query ~ ' AS of_' AND n.filter IS NOT NULL ORDER BY r.rolname COLLATE "C";
SELECT perfext.reset();
SET ROLE regress_perfext_no_inherit;
SELECT count(*) AS seen FROM perfext.statements s WHERE s.query ~ ' AS of_';
RESET ROLE;
SELECT count(*) AS seen FROM perfext.statements s WHERE s.query ~ ' AS of_';

-- Resetting can be granted.
GRANT EXECUTE ON FUNCTION perfext.reset(oid, oid, bigint, boolean) TO regress_perfext_monitor;
SET ROLE regress_perfext_monitor;
SELECT perfext.reset() IS NOT NULL AS reset;
RESET ROLE;
SELECT count(*) AS seen FROM perfext.statements s WHERE s.query ~ ' AS of_';
REVOKE EXECUTE ON FUNCTION perfext.reset(oid, oid, bigint, boolean) FROM regress_perfext_monitor;

-- Rows are written for users who have no rights on perfext's schema at all.
REVOKE USAGE ON SCHEMA perfext FROM PUBLIC;
SET ROLE regress_perfext_one;
SELECT count(*), 1, 2, 3 AS no_rights FROM t;
SELECT count(*) FROM perfext.statements;
RESET ROLE;
GRANT USAGE ON SCHEMA perfext TO PUBLIC;
SELECT r.rolname, s.calls FROM perfext.statements s JOIN pg_roles r ON r.oid = s.userid WHERE s.query ~ 'no_rights';

-- A dropped user's rows stay, without a name.
SET client_min_messages = warning;
DROP SCHEMA perfext_privileges CASCADE;
DROP ROLE regress_perfext_one, regress_perfext_two, regress_perfext_monitor, regress_perfext_no_inherit;
SELECT count(*) AS of_dropped FROM perfext.statements s WHERE s.query ~ 'no_rights' AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = s.userid);
