-- Texts are stored without constants, comments and secrets.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_normalize;
SET search_path = perfext_normalize;
CREATE TABLE t (a int, b text, c jsonb, d date, e float8, f bool, g bytea, h int[]);
RESET client_min_messages;
SET perfext.node_timing = 'all';
CREATE FUNCTION pg_temp.texts(pattern text) RETURNS TABLE (query text, calls bigint)
LANGUAGE sql AS $$
    SELECT s.query, s.calls FROM perfext.statements s
    WHERE s.query ~ pattern AND s.toplevel AND s.query !~ 'pg_temp.texts'
    ORDER BY s.query COLLATE "C"
$$;
-- Where a string is found, in all columns that come from texts: nowhere.
CREATE FUNCTION pg_temp.leaks(secret text) RETURNS TABLE (place text, found text)
LANGUAGE sql AS $$
    SELECT 'statements', s.query || coalesce(s.tags::text, '') FROM perfext.statements s
    WHERE strpos(s.query || coalesce(s.tags::text, ''), secret) > 0
    UNION ALL
    SELECT 'plans', p.plan::text FROM perfext.plans p WHERE strpos(p.plan::text, secret) > 0
    UNION ALL
    SELECT 'plan_nodes', n::text FROM perfext.plan_nodes n
    WHERE strpos(concat(n.condition, n.filter, n.predicates, n.alias, n.node_type, n.index_name), secret) > 0
    UNION ALL
    SELECT 'info', i.last_error FROM perfext.info i WHERE strpos(i.last_error, secret) > 0
$$;
SELECT perfext.reset() IS NOT NULL AS reset;

-- Every kind of constant.
SELECT 1 AS k_numbers, -2, 3.5, 1e10, .5, 1000000000000;
SELECT 'a' AS k_strings, 'it''s', E'a\n\'b', $$dollar$$, $tag$dollar $$ more$tag$, U&'\0061', b'101', x'1F';
SELECT 'a'
       'b' AS k_continued;
SELECT TRUE AS k_words, NULL, FALSE WHERE 1 = 1;
SELECT DATE '2020-01-01' AS k_typed, INTERVAL '1 day', '5'::int, CAST('6' AS int), int '7', TIMESTAMP '2020-01-01 00:00';
SELECT ARRAY[1, 2, 3] AS k_array, ROW(1, 'x'), '{4,5}'::int[];
SELECT a AS k_limit FROM t ORDER BY a LIMIT 5 OFFSET 6;
SELECT "a" AS "K 1 'quoted' k_ident", b AS "1" FROM t WHERE "a" = 1;
SELECT a AS k_parameter FROM t WHERE a = 1-1 AND b LIKE 'x%' AND e > -1.5 AND f IS NOT TRUE AND b !~ '^secret';
INSERT INTO t (a, b) VALUES (1, 'one'), (2, 'two');
SELECT query FROM pg_temp.texts('k_');

-- The same statement in another layout or with other comments is one entry, and the
-- text has no comment.
SELECT a FROM t WHERE a = 1 AND b = 'x';
SELECT a /* in the middle */ FROM t WHERE a = 2 -- at the end of a line
  AND b = 'y';
/* before */ SELECT a FROM t WHERE a = 3 AND b = '/* no comment */' /* after */;
/* nested /* comment */ end */ SELECT a FROM t WHERE a = 4 AND b = '-- no comment';
SELECT query, calls FROM pg_temp.texts('^.*SELECT a (/.*)?FROM t WHERE a = \S+ AND b = \S+$');
SELECT query FROM perfext.statements WHERE query ~ '/\* (before|after|nested|in the)|at the end';
-- For utility statements, where the identifier is of the text, too.
SET search_path = perfext_normalize;
set   search_path = perfext_normalize;
/* with a comment */ SET search_path = perfext_normalize /* another */;
SELECT count(*) AS entries, sum(calls) AS calls FROM pg_temp.texts('(?i)^.*set\s+search_path');
VACUUM t;
VACUUM  t /* soon */;
vacuum t;
SELECT count(*) AS entries, sum(calls) AS calls FROM pg_temp.texts('(?i)vacuum');

-- Long IN lists: whatever the length, no constant remains.
SELECT a FROM t WHERE a IN (777001, 777002, 777003, 777004, 777005, 777006, 777007, 777008, 777009, 777010, 777011, 777012);
SELECT a FROM t WHERE a = ANY ('{777001,777002,777003}'::int[]);
SELECT * FROM pg_temp.leaks('777005');
SELECT * FROM pg_temp.leaks('777002,777003');
-- Nor of many VALUES.
INSERT INTO t (a, b) SELECT v.x, v.y FROM (VALUES (70001, 'value one'), (70002, 'value two'), (70003, 'value three')) v(x, y);
SELECT * FROM pg_temp.leaks('value t');
SELECT * FROM pg_temp.leaks('70002');

-- Parameters keep their numbers, constants get the next ones.
PREPARE q(int, text) AS SELECT a AS k2 FROM t WHERE a = $1 AND b = $2 AND e > 5;
EXECUTE q(424242, 'parameter value');
EXECUTE q(424243, 'parameter value');
SELECT query, calls FROM pg_temp.texts('AS k2');
SELECT * FROM pg_temp.leaks('424242');
SELECT * FROM pg_temp.leaks('parameter value');
DEALLOCATE q;

-- Constants are not in the plans and nodes either: filters, index conditions,
-- sort keys, targets, function arguments, limits.
INSERT INTO t SELECT g, 'b' || g, jsonb_build_object('k', g) FROM generate_series(1, 2000) g;
CREATE INDEX t_a ON t (a);
ANALYZE t;
SELECT b, 'hidden target' FROM t WHERE a = 987654 AND b <> 'hidden filter' AND c @> '{"hidden": "json"}';
SELECT b FROM t WHERE a BETWEEN 987655 AND 987656 ORDER BY b || 'hidden sort' LIMIT 987657;
SELECT count(*) FROM generate_series(87658, 87659) g WHERE g::text = 'hidden function';
SELECT t1.a FROM t t1 JOIN t t2 ON t1.a = t2.a + 987659 AND t1.b || 'hidden join' = t2.b;
SELECT x FROM (VALUES (1, 'hidden values'), (2, 'more')) v(x, y) WHERE y = 'hidden values';
SELECT a, (SELECT max(b) FROM t i WHERE i.b < 'hidden subplan' AND i.a = o.a) FROM t o WHERE o.b = 'hidden outer';
UPDATE t SET b = 'hidden update' WHERE b = 'hidden where';
WITH w AS MATERIALIZED (SELECT * FROM t WHERE b = 'hidden cte') SELECT * FROM w WHERE w.b = 'hidden scan';
SELECT b, count(*) FROM t GROUP BY b HAVING min(b) = 'hidden having';
SELECT * FROM pg_temp.leaks('hidden');
SELECT * FROM pg_temp.leaks('98765');
SELECT * FROM pg_temp.leaks('87658');
-- They were seen: their plans are there, with filters.
SELECT count(*) >= 8 AS many, bool_or(n.filter IS NOT NULL) AS filters, bool_and(n.filter ~ '\$\d') AS with_parameters
FROM perfext.plan_nodes n JOIN perfext.plans p USING (userid, dbid, queryid, toplevel, planid)
WHERE n.relname = 't' AND n.filter IS NOT NULL AND p.plan IS NOT NULL;

-- Credentials. Each of these carries a secret; none may be found anywhere after.
SET client_min_messages = warning;
CREATE ROLE regress_perfext_secret PASSWORD 'sEcret-01';
CREATE USER regress_perfext_secret2 WITH LOGIN ENCRYPTED PASSWORD 'sEcret-02' VALID UNTIL 'infinity';
ALTER ROLE regress_perfext_secret PASSWORD 'sEcret-03';
ALTER USER regress_perfext_secret WITH PASSWORD $$sEcret-04$$;
ALTER ROLE regress_perfext_secret PASSWORD E'sEcret\x2d05';
ALTER ROLE regress_perfext_secret /* sEcret-06 */ PASSWORD 'x' -- sEcret-07
;
CREATE ROLE regress_perfext_secret PASSWORD 'sEcret-08 of a failing statement';
CREATE FOREIGN DATA WRAPPER perfext_dummy;
CREATE SERVER perfext_server FOREIGN DATA WRAPPER perfext_dummy OPTIONS (host 'h', password 'sEcret-11', "sslkey" 'sEcret-12');
ALTER SERVER perfext_server OPTIONS (SET password 'sEcret-13');
CREATE USER MAPPING FOR regress_perfext_secret SERVER perfext_server OPTIONS (user 'u', password 'sEcret-14');
ALTER USER MAPPING FOR regress_perfext_secret SERVER perfext_server OPTIONS (SET password 'sEcret-15', ADD secret $x$sEcret-16$x$);
CREATE FOREIGN TABLE perfext_foreign (a int) SERVER perfext_server OPTIONS (token 'sEcret-17');
SET client_min_messages = error;
CREATE SUBSCRIPTION perfext_subscription CONNECTION 'host=nowhere password=sEcret-21 dbname=d' PUBLICATION p
    WITH (connect = false, slot_name = NONE, enabled = false, create_slot = false);
SET client_min_messages = warning;
ALTER SUBSCRIPTION perfext_subscription CONNECTION 'host=nowhere password=sEcret-22';
DROP SUBSCRIPTION perfext_subscription;
ALTER SYSTEM SET primary_conninfo = 'host=nowhere password=sEcret-31';
ALTER SYSTEM RESET primary_conninfo;
ALTER SYSTEM SET ssl_passphrase_command = 'echo sEcret-32';
ALTER SYSTEM RESET ssl_passphrase_command;
ALTER SYSTEM SET ssl_passphrase_command TO sEcret_40;
ALTER SYSTEM RESET ssl_passphrase_command;
SET my.password = 'sEcret-33';
SET my.token TO 'sEcret-34';
SET LOCAL my.api_key = 'sEcret-35';
SET my.bare TO sEcret_36;
SELECT set_config('my.password', 'sEcret-37', false) IS NOT NULL AS set;
ALTER ROLE regress_perfext_secret SET my.secret = 'sEcret-38';
ALTER DATABASE :DBNAME SET my.secret = 'sEcret-39';
ALTER DATABASE :DBNAME RESET my.secret;
RESET my.password;
-- Functions that take connection strings; these do not exist or fail.
\set VERBOSITY terse
SELECT dblink_connect('host=nowhere password=sEcret-41');
SELECT no_such_function('password=sEcret-42');
\set VERBOSITY default
CREATE FUNCTION perfext_normalize.dblink(text, text) RETURNS SETOF int LANGUAGE sql AS 'SELECT 1';
SELECT * FROM dblink('dbname=d password=sEcret-43', 'SELECT ''sEcret-44''');
COPY t FROM PROGRAM 'echo sEcret-51 >&2; false';
COPY t TO PROGRAM 'cat >/dev/null # sEcret-52';
COPY t (a) FROM stdin WITH (DELIMITER '!', NULL 'sEcret-53');
1
\.
DO $$ BEGIN PERFORM 'sEcret-61'; EXECUTE 'SELECT 1 AS in_do WHERE ''sEcret-62'' = ''x'''; END $$;
DO LANGUAGE plpgsql 'BEGIN PERFORM ''sEcret-63''; END';
CREATE FUNCTION perfext_normalize.f() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'sEcret-64'; END $$;
CREATE FUNCTION perfext_normalize.g() RETURNS text LANGUAGE sql RETURN 'sEcret-65';
CREATE FUNCTION perfext_normalize.h() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT 'sEcret-66'; END;
SELECT f(), g(), h();
DO $$ BEGIN EXECUTE format('ALTER ROLE regress_perfext_secret PASSWORD %L', 'sEcret-67'); END $$;
DO $$ BEGIN EXECUTE 'SET my.password = ''sEcret-68'''; END $$;
CREATE VIEW v AS SELECT 'sEcret-71' AS s;
CREATE TABLE u AS SELECT 'sEcret-72'::text AS s;
CREATE RULE r AS ON UPDATE TO u DO ALSO SELECT 'sEcret-73';
ALTER TABLE u ALTER s SET DEFAULT 'sEcret-74';
ALTER TABLE u ADD CONSTRAINT c CHECK (s <> 'sEcret-75');
COMMENT ON TABLE u IS 'sEcret-76';
SECURITY LABEL FOR none ON TABLE u IS 'sEcret-77';
NOTIFY perfext_channel, 'sEcret-78';
DECLARE c CURSOR WITH HOLD FOR SELECT 'sEcret-79';
CLOSE c;
EXPLAIN (COSTS OFF) SELECT 'sEcret-80' FROM t WHERE b = 'sEcret-81';
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, FORMAT JSON) UPDATE u SET s = 'sEcret-82' WHERE s = 'sEcret-83'
\g /dev/null
PREPARE p AS SELECT 'sEcret-84';
EXECUTE p;
PREPARE p2(text) AS SELECT length($1);
EXECUTE p2('sEcret-85');
EXECUTE p2('sEcret-' || 86);
LISTEN "sEcret is a name";
PREPARE TRANSACTION 'sEcret-87';
BEGIN; SET LOCAL TRANSACTION SNAPSHOT 'sEcret-88'; ROLLBACK;
SELECT 'sEcret-91' +;
SELECT 'sEcret-92'::int;
-- No row.
SELECT * FROM pg_temp.leaks('sEcret-');
SELECT * FROM pg_temp.leaks('sEcret\x2d');
SELECT * FROM pg_temp.leaks('sEcret_36');
SELECT * FROM pg_temp.leaks('sEcret_40');
SELECT * FROM pg_temp.leaks('secret_40');
-- They were recorded.
SELECT query ~ 'regress_perfext_secret' AS role_is_named, sum(calls) AS calls FROM perfext.statements
WHERE query ~* '^alter (role|user) \w+ .*password' AND toplevel GROUP BY 1;
SELECT count(*) > 0 AS seen FROM perfext.statements WHERE query ~* '^create user mapping';
SELECT count(*) > 0 AS seen FROM perfext.statements WHERE query ~* '^create subscription';
SELECT count(*) > 0 AS seen FROM perfext.statements WHERE query ~* '^alter system';
-- Names are kept: they tell the statements apart.
SELECT query FROM perfext.statements WHERE query ~ '^(COMMENT ON|CREATE SERVER|ALTER TABLE u ALTER|CREATE VIEW)' ORDER BY query COLLATE "C";
RESET client_min_messages;

-- A statement that is longer than what is kept of a text is recorded and has one entry.
DO $$
BEGIN
    EXECUTE 'SELECT ' || (SELECT string_agg('a AS a' || g, ', ') FROM generate_series(1, 1600) g) || ' FROM t WHERE a = 1';
    EXECUTE 'SELECT ' || (SELECT string_agg('a AS a' || g, ', ') FROM generate_series(1, 1600) g) || ' FROM t WHERE a = 2';
    EXECUTE 'SELECT count(*) FROM t WHERE b IN (' || (SELECT string_agg('''longlist' || g || '''', ', ') FROM generate_series(1, 3000) g) || ')';
END $$;
SELECT calls, length(query) > 500 AS has_text FROM perfext.statements WHERE query ~ '^SELECT a AS a1, a AS a2, ' AND NOT toplevel;
SELECT * FROM pg_temp.leaks('longlist');

-- Multibyte text is cut and replaced by characters.
\o /dev/null
SELECT 'schön 漢字 🎈' AS "größe", a AS k3 FROM t WHERE b = '漢字';
\o
SELECT query = 'SELECT $1 AS "größe", a AS k3 FROM t WHERE b = $2' AS as_written FROM pg_temp.texts('AS k3');

-- Non-standard strings: a backslash does not end the constant early. (Servers
-- from 19 on refuse the setting.)
DO $do$
BEGIN
    SET LOCAL standard_conforming_strings = off;
    SET LOCAL escape_string_warning = off;
    EXECUTE $$SELECT length('a\' sEcret-99') AS k4, b, d FROM t WHERE b = 'x\\' ORDER BY 'sEcret-98\''$$;
EXCEPTION WHEN OTHERS THEN
    NULL;
END $do$;
SELECT * FROM pg_temp.leaks('sEcret-9');

-- Nothing could not be put into words.
SELECT render_failures, last_error FROM perfext.info;

SET client_min_messages = warning;
DROP SCHEMA perfext_normalize CASCADE;
DROP SERVER perfext_server CASCADE;
DROP FOREIGN DATA WRAPPER perfext_dummy;
DROP ROLE regress_perfext_secret, regress_perfext_secret2;
