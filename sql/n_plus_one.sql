-- Patterns: what is said about given findings, who sees what, and patterns inside of plans.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_patterns;
SET search_path = perfext_patterns;
SET perfext.node_timing = 'all';
SET perfext.n_plus_one = off;
SET max_parallel_workers_per_gather = 0;
SET jit = off;
CREATE ROLE regress_perfext_patterns;
GRANT USAGE ON SCHEMA perfext_patterns TO regress_perfext_patterns;
CREATE TABLE author (id int PRIMARY KEY, name text) WITH (autovacuum_enabled = off);
CREATE TABLE book (id int PRIMARY KEY, author_id int, title text) WITH (autovacuum_enabled = off);
INSERT INTO author SELECT i, 'author ' || i FROM generate_series(1, 2000) AS i;
INSERT INTO book SELECT i, 1 + i % 2000, 'title ' || i FROM generate_series(1, 6000) AS i;
CREATE INDEX book_author_id ON book (author_id);
VACUUM ANALYZE author, book;
GRANT SELECT ON author, book TO regress_perfext_patterns;
RESET client_min_messages;

-- The contract's columns and types.
SELECT string_agg(format('%s %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
FROM pg_attribute AS a WHERE a.attrelid = 'perfext.n_plus_one'::regclass AND a.attnum > 0;

-- About the detector.
SELECT detector, pattern_events >= 0 AS events, pattern_events_dropped, pattern_streams >= 0 AS streams,
       pattern_memory_bytes > 0 AS memory, patterns >= 0 AS patterns, max_patterns > 10 AS max_patterns, patterns_evicted >= 0 AS evicted
FROM perfext.info;

/* ---- inside of plans ---- */

-- Each of the first three is found; the others are joins, computed once, or loop too seldom.
-- Once before it counts: what is read for the first time takes longer than what loops.
SET perfext.node_timing = 'all';
SELECT count(x) FROM (SELECT (SELECT count(*) FROM book b WHERE b.author_id = a.id) AS x FROM author a OFFSET 0) AS s;
-- And five times each: that the process waits for its turn in another node counts for less.
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT count(x) FROM (SELECT (SELECT count(*) FROM book b WHERE b.author_id = a.id) AS x FROM author a OFFSET 0) AS s;
\o /dev/null
\g
\g
\g
\g
\o
SELECT count(title) FROM author a CROSS JOIN LATERAL (SELECT title FROM book b WHERE b.author_id = a.id ORDER BY b.id LIMIT 1) AS l;
\o /dev/null
\g
\g
\g
\g
\o
SELECT count(l) FROM author a CROSS JOIN LATERAL regexp_split_to_table(repeat('a,', 200) || a.id, ',') AS l;
\o /dev/null
\g
\g
\g
\g
\o
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SELECT count(*) AS plain_join FROM author a JOIN book b ON b.author_id = a.id;
SELECT count(*) AS same_function FROM author a CROSS JOIN generate_series(1, 300) AS l;
RESET enable_hashjoin;
RESET enable_mergejoin;
SELECT count(*) AS hashed FROM author a WHERE a.id NOT IN (SELECT b.author_id FROM book b);
SELECT count(*) AS init_plan FROM author a WHERE a.id > (SELECT avg(b.author_id) FROM book b);
SELECT count((SELECT count(*) FROM book b WHERE b.author_id = a.id)) AS few_loops FROM author a WHERE a.id < 50;
SELECT kind, operation, link, episodes, executions, mean_per_episode, max_per_episode, distinct_ratio, gap_time, db_time > 0 AS db_time,
       saved_time BETWEEN 0 AND db_time AS saved_time, confidence, child_queryids = ARRAY[parent_queryid] AS same_statement, child_query, rewrite
FROM perfext.n_plus_one WHERE kind = 'in_plan' ORDER BY child_query;
SELECT form, alias, samples, loops, time_ratio BETWEEN 0.3 AND 1 AS time_ratio, child_table, child_column, parent_table, parent_column, outer_alias
FROM perfext.plan_loops ORDER BY form;
-- The rewritten form returns the same.
SELECT count(*) AS different
FROM (SELECT a.id, (SELECT count(*) FROM book b WHERE b.author_id = a.id) AS n FROM author a) AS loop
FULL JOIN (SELECT a.id, coalesce(once.count, 0) AS n FROM author a
           LEFT JOIN (SELECT b.author_id AS key, count(*) FROM book b GROUP BY b.author_id) AS once ON once.key = a.id) AS joined USING (id, n)
WHERE loop.id IS NULL OR joined.id IS NULL;

-- Of another user: figures, but no text and nothing that comes from it.
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT count(x) FROM (SELECT (SELECT count(*) FROM book b WHERE b.author_id = a.id) AS x FROM author a OFFSET 0) AS s;
SET ROLE regress_perfext_patterns;
SELECT kind, link, executions, child_query, parent_query, tags, rewrite FROM perfext.n_plus_one;
SELECT count(*) AS leaks FROM perfext.plan_loops AS l WHERE l::text ~ 'author';
RESET ROLE;

/* ---- given findings, in the place of the detector's ---- */

SELECT perfext.reset() IS NOT NULL AS reset;
SELECT id, author_id FROM book ORDER BY id LIMIT 0;
SELECT name FROM author WHERE id = 0;
INSERT INTO author (id, name) VALUES (0, 'none');
SET ROLE regress_perfext_patterns;
SELECT title FROM book WHERE id = 0 AND author_id = 0;
RESET ROLE;
CREATE TABLE finding AS SELECT * FROM perfext.n_plus_one_findings() LIMIT 0;
GRANT SELECT ON finding TO regress_perfext_patterns;
CREATE FUNCTION given(id bigint, who text, kind text, operation text, child text, parent text) RETURNS finding LANGUAGE sql AS $$
    SELECT jsonb_populate_record(NULL::finding, jsonb_build_object('id', given.id, 'userid', r.oid, 'dbid', d.oid, 'kind', given.kind, 'operation', given.operation,
        'child_queryids', jsonb_build_array(c.queryid), 'child_toplevel', true, 'parent_queryid', p.queryid, 'parent_toplevel', true, 'child_parameter', 1,
        'episodes', 10, 'executions', 1000, 'max_per_episode', 100, 'distinct_executions', 1000, 'parent_rows', 1000, 'slope', 1, 'in_transaction_block', 0,
        'db_time', 100, 'gap_time', 900000000, 'sure_time', CASE given.kind WHEN 'write' THEN 700000000 ELSE 500 END, 'saved_time', 800000000, 'most_time', 900000090, 'application_name', 'shop',
        'confidence', 'high', 'first_seen', now() - interval '1 minute', 'last_seen', now() + interval '1 minute'))
    FROM pg_roles AS r
    CROSS JOIN pg_database AS d
    LEFT JOIN perfext.statements AS c ON c.query LIKE given.child AND c.toplevel
    LEFT JOIN perfext.statements AS p ON p.query LIKE given.parent AND p.toplevel
    WHERE r.rolname = given.who AND d.datname = current_database()
$$;
INSERT INTO finding SELECT (given(1, current_user, 'read', 'select', 'SELECT name FROM author%', 'SELECT id, author_id%')).*;
UPDATE finding SET links = '{book.author_id = author.id}', parent_table = 'book', parent_column = 'author_id', child_table = 'author', child_column = 'id',
    child_is_unique = true, tags = '{"framework": "django:3.2", "route": "books"}';
INSERT INTO finding SELECT (given(2, current_user, 'write', 'insert', 'INSERT INTO author (id, name)%', '-')).*;
INSERT INTO finding SELECT (given(3, current_user, 'redundant', 'select', 'SELECT name FROM author%', '-')).*;
INSERT INTO finding SELECT (given(4, current_user, 'nested', 'select', 'SELECT name FROM author%', 'SELECT id, author_id%')).*;
INSERT INTO finding SELECT (given(5, 'regress_perfext_patterns', 'read', 'select', 'SELECT title FROM book%', '-')).*;
UPDATE finding SET confidence = 'low' WHERE id = 5;
UPDATE finding SET context = 'f(integer) line 3' WHERE id = 4;
-- The least of all: below the floor.
INSERT INTO finding SELECT (given(6, current_user, 'read', 'select', 'SELECT name FROM author%', '-')).*;
UPDATE finding SET gap_time = 60, saved_time = 60 WHERE id = 6;
SELECT id, kind, (SELECT count(*) FROM unnest(child_queryids) AS q WHERE q IS NOT NULL) AS children, parent_queryid IS NOT NULL AS parent FROM finding ORDER BY id;

BEGIN;
ALTER EXTENSION perfext DROP FUNCTION perfext.n_plus_one_findings();
DO $$
BEGIN
    EXECUTE regexp_replace(pg_get_functiondef('perfext.n_plus_one_findings'::regproc), 'LANGUAGE c.*$',
        'LANGUAGE sql AS ''SELECT f.* FROM perfext_patterns.finding AS f''');
END
$$;
SELECT id, kind, child_query, parent_query, link, mean_per_episode, distinct_ratio, gap_time, confidence, rewrite FROM perfext.n_plus_one WHERE kind <> 'in_plan' ORDER BY id;

-- One recommendation each, but for the small one; low confidence is of low severity.
CREATE VIEW said AS
SELECT evidence->>'pattern' AS pattern, severity, status, verified, confidence, impact_ratio BETWEEN 0.02 AND 1 AS impact,
       round(expected_gain_ratio::numeric, 2) AS gain, subject, summary, action, id ~ '^n_plus_one-[0-9a-f]{10}$' AS id
FROM perfext.recommendations WHERE kind = 'n_plus_one';
SELECT pattern, severity, status, verified, confidence, impact, gain, subject, summary, id FROM said ORDER BY pattern, subject;
SELECT action ~ 'LEFT JOIN' AND action ~ 'Django: Book.objects.select_related' AS action FROM said WHERE pattern = 'read' AND verified;
SELECT count(*) AS findings, round(sum(impact_ratio)::numeric, 2) AS impact FROM perfext.recommendations WHERE kind = 'n_plus_one';
-- Rows that are written when they come: the waits are no loss.
UPDATE finding SET sure_time = 100000000 WHERE kind = 'write';
SELECT evidence->>'pattern' AS pattern FROM perfext.recommendations WHERE kind = 'n_plus_one' ORDER BY 1;
UPDATE finding SET sure_time = 700000000 WHERE kind = 'write';

-- In the report, whatever its format.
SELECT f, r ~ 'select_related' AS rewrite, r ~* 'repeated statements by time|top_patterns' AS list, r !~ 'statements repeated row by row' AS problem
FROM unnest(ARRAY['text', 'markdown', 'html', 'json']) AS f, perfext.report(f) AS r;
SELECT count(*) AS long_lines FROM regexp_split_to_table(perfext.report('text'), E'\n') AS line WHERE length(line) > 100 AND line !~ '^       ';

-- Ignored by tag, by application and below a number.
INSERT INTO perfext.n_plus_one_ignore VALUES ('route', 'bo%');
SELECT count(*) FROM perfext.n_plus_one WHERE tags IS NOT NULL;
INSERT INTO perfext.n_plus_one_ignore VALUES ('application_name', 'shop', 101);
SELECT count(*) FROM perfext.n_plus_one WHERE kind <> 'in_plan';
UPDATE perfext.n_plus_one_ignore SET threshold = 100 WHERE tag = 'application_name';
SELECT count(*) FROM perfext.n_plus_one WHERE kind <> 'in_plan';
SELECT count(*) FROM said;
DELETE FROM perfext.n_plus_one_ignore;

-- Rows written one by one, which a rule about loads finds, too: said once, by the one that knows the rate, with the statement
-- and its place from the other. A load of the other statements is another thing.
CREATE TABLE load AS SELECT * FROM perfext.etl_loads() LIMIT 0;
GRANT SELECT ON load TO regress_perfext_patterns;
CREATE OR REPLACE VIEW perfext.etl_loads AS SELECT * FROM load;
CREATE FUNCTION load(relname text, loaded bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO load
    SELECT * FROM jsonb_populate_record(NULL::load, jsonb_build_object('dbid', (SELECT oid FROM pg_database WHERE datname = current_database()),
        'schemaname', 'perfext_patterns', 'relname', relname, 'relid', 1, 'operation', 'insert', 'shape', 'row', 'statements', 1000, 'rows', 1000,
        'rows_per_statement', 1, 'rows_per_commit', 1, 'rows_per_second', 1, 'total_time', 900000000, 'commit_time', 0, 'client_gap_time', 0,
        'commits', 1000, 'stream_statements', 1000, 'has_row_trigger', false, 'has_returning', false, 'has_on_conflict', false, 'is_logged', true,
        'recommended_batch_rows', 1024, 'recommended_commit_rows', 1024, 'projected_rows_per_second', 1000, 'learnt_from', 'given',
        'queryids', loaded, 'first_seen', now(), 'last_seen', now()))
$$;
UPDATE finding SET context = 'g() line 7' WHERE id = 2;
SELECT load('other', (SELECT child_queryids FROM finding WHERE id = 1));
SELECT kind, subject, evidence->'context' AS context, action ~ 'INSERT INTO author.*unnest' AS statement
FROM perfext.recommendations WHERE kind ~ '^load_' OR evidence->>'pattern' = 'write' ORDER BY kind, subject;
SELECT load('author', array_prepend(4711, child_queryids)) FROM finding WHERE id = 2;
SELECT kind, subject, evidence->'context' AS context, evidence->'projected_rows_per_second' AS rate, unnest(string_to_array(action, E'\n')) AS action
FROM perfext.recommendations WHERE kind ~ '^load_' AND subject ~ 'author';
SELECT kind, subject FROM perfext.recommendations WHERE kind ~ '^load_' OR kind = 'n_plus_one' ORDER BY kind, subject;
-- What other users see is no more than before.
SET ROLE regress_perfext_patterns;
SELECT count(*) AS leaks FROM perfext.recommendations AS r WHERE r.action ~ 'INSERT INTO author';
RESET ROLE;

-- Not seen for long while the parent goes on: it is gone, and that is said; where nothing tells, it stays.
UPDATE finding SET first_seen = now() - interval '2 days', last_seen = now() - interval '1 day', episodes = 100 WHERE id = 1;
SELECT pattern, severity, status, gain, summary, action FROM said WHERE pattern = 'read' AND verified;
UPDATE finding SET episodes = 3 WHERE id = 1;
SELECT status FROM said WHERE pattern = 'read' AND verified;
-- Without a parent that goes on nothing is left to say after a while.
UPDATE finding SET first_seen = now() - interval '2 days', last_seen = now() - interval '1 day', episodes = 100 WHERE id = 2;
SELECT count(*) FROM said WHERE pattern = 'write';

-- What another user's texts would tell is not there.
SET ROLE regress_perfext_patterns;
SELECT kind, child_query, parent_query, rewrite IS NOT NULL AS rewrite FROM perfext.n_plus_one WHERE kind <> 'in_plan' ORDER BY id;
SELECT count(*) AS leaks FROM perfext.recommendations AS r WHERE r.kind = 'n_plus_one' AND (r.summary ~ 'SELECT name' OR r.action ~ 'FROM author');
ROLLBACK;

-- Only its kind is forgotten; the names of kinds are told.
SELECT perfext.reset_kind('n_plus_one') IS NOT NULL AS reset;
SELECT count(*) FROM perfext.n_plus_one WHERE kind <> 'in_plan';
SELECT count(*) > 0 AS statements FROM perfext.statements;
SELECT perfext.reset_kind('n plus one');

SET client_min_messages = warning;
DROP SCHEMA perfext_patterns CASCADE;
DROP ROLE regress_perfext_patterns;
