-- Foreign keys: the server's own checks are no entries; their time is told where it
-- belongs. What cascades do to users' triggers is theirs.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_foreign_keys;
SET search_path = perfext_foreign_keys;
SET perfext.node_timing = 'all';
CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE grandchild (id int PRIMARY KEY, child int REFERENCES child ON DELETE SET NULL);
CREATE TABLE strict (id int REFERENCES parent);
CREATE INDEX child_parent ON child (parent);
RESET client_min_messages;
-- Statements about these tables, without this test's own.
CREATE FUNCTION pg_temp.seen() RETURNS TABLE (query text, toplevel bool, calls bigint, failures bigint, rows bigint, checked bool, timed bool) LANGUAGE sql AS $$
    SELECT s.query, s.toplevel, s.calls, s.failures, s.rows, s.fk_checks > 0, s.fk_time > 0
    FROM perfext.statements s
    WHERE s.query ~ '(parent|child|strict|log)' AND s.query !~ 'pg_temp'
    ORDER BY s.query COLLATE "C", s.toplevel
$$;
SELECT perfext.reset() IS NOT NULL AS reset;

-- The checks of inserts: no entries of their own; counted and timed in the insert. (Server 19 does most of
-- these without SQL: there they cannot be seen.)
INSERT INTO parent SELECT g, 'x' FROM generate_series(1, 100) g;
INSERT INTO child SELECT g, g FROM generate_series(1, 100) g;
INSERT INTO grandchild SELECT g, g FROM generate_series(1, 100) g;
SELECT query, toplevel, calls, rows FROM pg_temp.seen();
SELECT left(query, 18) AS statement,
       CASE WHEN current_setting('server_version_num')::int < 190000 THEN fk_checks = 100 ELSE coalesce(fk_checks, 0) <= 100 END AS fk_checks,
       CASE WHEN current_setting('server_version_num')::int < 190000 THEN fk_time > 0 ELSE coalesce(fk_time, 0) >= 0 END AS fk_time,
       coalesce(fk_time, 0) <= total_exec_time AS part_of_time
FROM perfext.statements WHERE query ~ '^INSERT INTO (child|grandchild)' ORDER BY query COLLATE "C";
SELECT coalesce(fk_checks, 0) AS fk_checks, coalesce(fk_time, 0) AS fk_time FROM perfext.statements WHERE query ~ '^INSERT INTO parent';
-- Nowhere is an entry of the check's text.
SELECT count(*) AS checks FROM perfext.statements WHERE query ~ 'FOR KEY SHARE|ONLY "?perfext_foreign_keys';
-- Nor are there plans of it.
SELECT count(*) AS plans FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel) WHERE NOT s.toplevel AND n.relname = 'parent';
-- The time is in the node (triggers) of the insert.
SELECT n.node_type, n.total_time > 0 AS "time" FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE s.query ~ '^INSERT INTO child' AND n.node_id = -2;

-- A violation is the statement's failure.
INSERT INTO child VALUES (1000, 1000);
INSERT INTO strict VALUES (7);
DELETE FROM parent WHERE id = 7;
SELECT query, toplevel, calls, failures FROM pg_temp.seen() WHERE failures > 0;

-- Cascades: the server's own DELETE, UPDATE and SET NULL are no entries either.
SELECT perfext.reset() IS NOT NULL AS reset;
DELETE FROM parent WHERE id BETWEEN 11 AND 30;
UPDATE parent SET id = id + 1000 WHERE id BETWEEN 31 AND 40;
SELECT query, toplevel, calls, rows, checked, timed FROM pg_temp.seen();
SELECT count(*) FROM child;
-- A change that does not touch the key has nothing to check.
UPDATE parent SET name = 'y' WHERE id < 5;
SELECT coalesce(fk_checks, 0) AS fk_checks, coalesce(fk_time, 0) AS fk_time FROM perfext.statements WHERE query ~ '^UPDATE parent SET name';

-- A user's trigger fired by a cascade is user's work: its statements are entries.
CREATE TABLE log (what text, id int);
CREATE FUNCTION log_child() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO log VALUES ('deleted', OLD.id);
    RETURN OLD;
END $$;
CREATE TRIGGER child_deleted BEFORE DELETE ON child FOR EACH ROW EXECUTE FUNCTION log_child();
SELECT perfext.reset() IS NOT NULL AS reset;
DELETE FROM parent WHERE id BETWEEN 41 AND 50;
SELECT query, toplevel, calls, rows FROM pg_temp.seen();
-- And an error in it, caught around the whole, leaves all in order.
CREATE OR REPLACE FUNCTION log_child() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO log VALUES ('failing', 1 / (OLD.id - 55));
    RETURN OLD;
END $$;
DO $$
BEGIN
    DELETE FROM parent WHERE id BETWEEN 51 AND 60;
EXCEPTION WHEN division_by_zero THEN
    RAISE NOTICE 'caught';
END $$;
SELECT query, toplevel, calls, failures FROM pg_temp.seen() WHERE query ~ 'failing|parent' OR failures > 0;
SELECT count(*) AS after_error FROM child;
SELECT toplevel, calls FROM perfext.statements WHERE query ~ 'after_error';
-- Also when it is written as the server writes its own.
CREATE OR REPLACE FUNCTION log_child() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
    SELECT count(*) INTO n FROM ONLY "perfext_foreign_keys"."log" x WHERE OLD.id OPERATOR(pg_catalog.=) x."id";
    RETURN OLD;
END $$;
SELECT perfext.reset() IS NOT NULL AS reset;
DELETE FROM parent WHERE id BETWEEN 61 AND 70;
SELECT toplevel, calls, rows FROM perfext.statements WHERE query ~ 'FROM ONLY "perfext_foreign_keys"."log"';
DROP TRIGGER child_deleted ON child;

-- Deferred checks run at COMMIT and are nobody's entries.
CREATE TABLE deferred (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
SELECT perfext.reset() IS NOT NULL AS reset;
BEGIN;
INSERT INTO deferred VALUES (1), (2);
COMMIT;
BEGIN;
INSERT INTO deferred VALUES (-1);
COMMIT;
SELECT count(*) AS entries_of_checks FROM perfext.statements WHERE query ~ 'FOR KEY SHARE';
SELECT sum(calls) AS calls, sum(failures) AS failures FROM perfext.statements WHERE query ~ '^INSERT INTO deferred';

-- ALTER TABLE ADD FOREIGN KEY reads both tables in one statement of the server's own.
CREATE TABLE late (id int);
INSERT INTO late SELECT id FROM parent;
SELECT perfext.reset() IS NOT NULL AS reset;
ALTER TABLE late ADD FOREIGN KEY (id) REFERENCES parent;
SELECT toplevel, calls, query FROM perfext.statements WHERE query ~* '^alter table late';

-- A user's statement that looks like a check is an entry all the same.
SELECT 1 FROM ONLY "perfext_foreign_keys"."parent" x WHERE "id" OPERATOR(pg_catalog.=) 3 FOR KEY SHARE OF x;
SELECT toplevel, calls, rows FROM perfext.statements WHERE query ~ '^SELECT \$1 FROM ONLY';
DO $$ BEGIN EXECUTE 'SELECT 1 FROM ONLY "perfext_foreign_keys"."parent" x WHERE "id" OPERATOR(pg_catalog.=) $1 FOR KEY SHARE OF x' USING 3; END $$;
SELECT toplevel, calls, rows FROM perfext.statements WHERE query ~ 'FROM ONLY "perfext_foreign_keys"."parent" x' AND NOT toplevel;

-- COPY into a table with a foreign key.
SELECT perfext.reset() IS NOT NULL AS reset;
COPY strict FROM stdin;
1
2
3
\.
SELECT query, toplevel, calls, rows, CASE WHEN current_setting('server_version_num')::int < 190000 THEN fk_checks = 3 ELSE coalesce(fk_checks, 0) <= 3 END AS fk_checks
FROM perfext.statements WHERE query ~ 'strict';
SELECT dropped, last_error FROM perfext.info;
SET client_min_messages = warning;
DROP SCHEMA perfext_foreign_keys CASCADE;
