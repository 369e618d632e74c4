-- Loads: what is one, whose it is, what is counted and what cannot be known.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_loads;
SET search_path = perfext_loads;
RESET client_min_messages;
CREATE VIEW here AS
SELECT l.* FROM perfext.etl_loads AS l
WHERE l.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.schemaname IN ('perfext_loads', 'pg_temp');

-- Nobody's memory: reset_kind forgets loads alone.
CREATE TABLE t (id int PRIMARY KEY, a text, b int);
INSERT INTO t VALUES (-1, 'x', 1);
SELECT count(*) > 0 AS some FROM here;
SELECT perfext.reset_kind('loads') IS NOT NULL AS reset;
SELECT count(*) FROM here;

-- Every operation and shape, with its rows; partitions and indexes are their table's.
INSERT INTO t SELECT g, 'x', g FROM generate_series(1, 1000) AS g;
INSERT INTO t VALUES (2001, 'x', 1);
INSERT INTO t VALUES (2002, 'x', 1) RETURNING id;
INSERT INTO t VALUES (2003, 'x', 1), (2004, 'y', 2) ON CONFLICT DO NOTHING;
INSERT INTO t SELECT * FROM unnest(ARRAY[3000, 3001], ARRAY['a', 'b'], ARRAY[1, 2]);
INSERT INTO t SELECT unnest(ARRAY[3002, 3003, 3004]), 'c', 1;
INSERT INTO t SELECT * FROM jsonb_to_recordset('[{"id": 3005}]') AS r(id int, a text, b int);
DO $$ BEGIN FOR i IN 4000 .. 4009 LOOP INSERT INTO t VALUES (i, 'z', i); END LOOP; END $$;
COPY t FROM stdin;
5000	a	1
5001	b	2
\.
UPDATE t SET b = b + 1 WHERE id < 100;
DELETE FROM t WHERE id > 5000;
MERGE INTO t USING (VALUES (1, 2)) AS v(i, b) ON t.id = v.i WHEN MATCHED THEN UPDATE SET b = v.b;
CREATE TABLE made AS SELECT * FROM t WHERE id <= 10;
SELECT * INTO made_too FROM t WHERE id <= 20;
CREATE MATERIALIZED VIEW matview AS SELECT * FROM t WHERE id <= 30;
REFRESH MATERIALIZED VIEW matview;
CREATE INDEX t_b ON t (b);
REINDEX TABLE t;
REINDEX INDEX perfext_loads.t_b;
ANALYZE t;
VACUUM made, made_too;
TRUNCATE made, made_too;
CREATE TABLE parted (k int, v int) PARTITION BY RANGE (k);
CREATE TABLE part_1 PARTITION OF parted FOR VALUES FROM (0) TO (10) PARTITION BY LIST (k);
CREATE TABLE part_1_1 PARTITION OF part_1 FOR VALUES IN (1);
INSERT INTO parted VALUES (1, 1);
INSERT INTO part_1_1 VALUES (1, 2);
COPY part_1 FROM stdin;
1	3
\.
CREATE TEMP TABLE temporary AS SELECT 1 AS a;
INSERT INTO temporary VALUES (2);
TRUNCATE pg_temp.temporary;
-- No loads: queries, catalogs, what failed, CREATE TABLE AS without data.
SELECT count(*) FROM t;
INSERT INTO t VALUES (1, 'x', 1);
CREATE TABLE empty AS SELECT 1 AS a WITH NO DATA;

SELECT schemaname, relname, operation, shape, statements, rows, commits, runs, index_count AS indexes,
       is_logged AS logged, has_returning AS returning, has_on_conflict AS conflict
FROM here WHERE relname <> 'empty'
ORDER BY schemaname COLLATE "C", relname COLLATE "C", operation COLLATE "C", shape COLLATE "C";
SELECT count(*) AS empty FROM here WHERE relname = 'empty';
-- The figures hold together.
SELECT count(*) AS wrong FROM here
WHERE total_time <= 0 OR max_time > total_time + 0.001 OR max_time <= 0
   OR rows_per_statement <> rows / statements::float8 OR (rows = 0 AND rows_per_second <> 0)
   OR rows_per_second > rows * 1000 / total_time + 0.001 OR commits > statements OR runs > statements
   OR first_seen > last_seen OR cardinality(queryids) = 0 OR relid IS NULL
   OR wal_bytes < 0 OR (operation NOT IN ('analyze', 'vacuum') AND is_logged AND wal_bytes = 0);
SELECT bytes BETWEEN 18 AND 21 AS counted, skipped_rows IS NULL OR skipped_rows = 0 AS none_skipped FROM here
WHERE operation = 'copy' AND relname = 't';
-- What is not known is NULL.
SELECT operation, shape FROM here
WHERE (rows IS NULL) <> (operation IN ('create_index', 'reindex', 'analyze', 'vacuum', 'truncate'))
   OR (bytes IS NULL) <> (operation <> 'copy')
   OR (client_gap_time IS NULL) <> (operation NOT IN ('copy', 'insert', 'update', 'delete', 'merge') OR shape IN ('nested', 'trigger'))
   OR recommended_batch_rows IS NOT NULL;
-- Its statements are found.
SELECT l.operation, l.shape, s.query
FROM here AS l
JOIN perfext.statements AS s ON s.queryid = ANY (l.queryids) AND s.dbid = l.dbid
WHERE l.relname = 't' AND l.operation IN ('insert', 'insert_select') AND l.shape <> 'unnest'
ORDER BY 1, 2, s.query COLLATE "C";

-- Rows of a commit: those of its transaction; a rolled back one has none.
CREATE TABLE committed (id int);
BEGIN;
INSERT INTO committed VALUES (1);
INSERT INTO committed VALUES (2);
INSERT INTO committed SELECT 3;
COMMIT;
BEGIN;
INSERT INTO committed VALUES (4);
ROLLBACK;
INSERT INTO committed VALUES (5);
SELECT shape, statements, rows, commits, rows_per_commit, commit_time > 0 AS "commit"
FROM here WHERE relname = 'committed' ORDER BY 1;
-- The same one when the table is made anew.
DROP TABLE committed;
CREATE TABLE committed (id int);
INSERT INTO committed VALUES (6);
SELECT shape, statements, rows, relid = 'committed'::regclass AS "current"
FROM here WHERE relname = 'committed' AND shape = 'row';
-- And renamed it is another one.
ALTER TABLE committed RENAME TO renamed;
INSERT INTO renamed VALUES (7);
SELECT relname, statements FROM here WHERE relname IN ('committed', 'renamed') AND shape = 'row' ORDER BY 1;

-- Triggers: time of AFTER triggers; unknown with BEFORE triggers, and in COPY.
CREATE TABLE triggered (id int);
CREATE TABLE audit (id int);
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit VALUES (NEW.id);
    RETURN NEW;
END $$;
CREATE TRIGGER after_row AFTER INSERT ON triggered FOR EACH ROW EXECUTE FUNCTION audit();
INSERT INTO triggered VALUES (1);
COPY triggered FROM stdin;
2
\.
CREATE TABLE with_before (id int);
CREATE TRIGGER before_row BEFORE INSERT ON with_before FOR EACH ROW EXECUTE FUNCTION audit();
INSERT INTO with_before VALUES (3);
SELECT relname, operation, shape, statements, trigger_time > 0 AS triggers, has_row_trigger
FROM here WHERE relname IN ('triggered', 'with_before', 'audit') ORDER BY 1, 2;

-- Foreign keys, deferred ones too; before server 19 they can be seen.
CREATE TABLE parent (id int PRIMARY KEY);
INSERT INTO parent SELECT generate_series(1, 10);
CREATE TABLE child (id int REFERENCES parent);
CREATE TABLE later (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
INSERT INTO child SELECT generate_series(1, 10);
COPY child FROM stdin;
1
2
\.
INSERT INTO later SELECT generate_series(1, 10);
SELECT relname, operation, foreign_key_count,
       CASE WHEN current_setting('server_version_num')::int < 190000 THEN fk_time > 0 ELSE fk_time IS NULL END AS keys
FROM here WHERE relname IN ('parent', 'child', 'later') ORDER BY 1, 2;

-- Of row after row, too: all the checks of a statement, all the time in its triggers.
CREATE TABLE rows_child (id int REFERENCES parent);
CREATE TABLE rows_triggered (id int);
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.002); RETURN NEW; END $$;
CREATE TRIGGER after_row AFTER INSERT ON rows_triggered FOR EACH ROW EXECUTE FUNCTION slow();
SELECT format('INSERT INTO rows_child VALUES (%s)', i) FROM generate_series(1, 10) AS i
UNION ALL
SELECT format('INSERT INTO rows_triggered VALUES (%s)', i) FROM generate_series(1, 10) AS i
\gexec
SELECT l.relname, l.statements, l.rows, l.trigger_time >= 20 AS triggers,
       coalesce(abs(l.fk_time - s.fk_time) < 0.001, current_setting('server_version_num')::int >= 190000) AS same_keys
FROM here AS l
JOIN perfext.statements AS s ON s.queryid = l.queryids[1] AND s.toplevel
    AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
WHERE l.relname IN ('rows_child', 'rows_triggered') ORDER BY 1;

-- What is tracked says perfext.track.
SET perfext.track = 'none';
INSERT INTO renamed VALUES (8);
SET perfext.track = 'top';
DO $$ BEGIN INSERT INTO renamed VALUES (9); END $$;
SET perfext.track_utility = off;
COPY renamed FROM stdin;
10
\.
RESET perfext.track_utility;
RESET perfext.track;
SELECT operation, shape, statements FROM here WHERE relname = 'renamed' ORDER BY 1;

-- Everybody may read it: it holds names and numbers, no values.
SET client_min_messages = warning;
CREATE ROLE perfext_loads_reader;
SET ROLE perfext_loads_reader;
SELECT count(*) > 0 AS readable FROM perfext.etl_loads;
RESET ROLE;
DROP ROLE perfext_loads_reader;
-- All columns are described.
SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'perfext'::regnamespace AND c.relname IN ('etl_loads', 'etl_reads') AND a.attnum > 0
  AND col_description(c.oid, a.attnum) IS NULL;
SELECT perfext.reset_kind('no such kind');
DROP SCHEMA perfext_loads CASCADE;
