-- The rules: each finds what it is for, its action can be pasted and ends the finding, and
-- a healthy workload gives none. Nothing printed depends on times.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_rules;
SET search_path = perfext_rules;
-- The loop in run() is no program's; n_plus_one has tests of its own.
SET perfext.n_plus_one = off;
SET perfext.node_timing = 'all';
SET max_parallel_workers_per_gather = 0;
SET jit = off;
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, status int, city text, zip int,
    created timestamp, note text) WITH (autovacuum_enabled = off);
INSERT INTO orders
    SELECT i, i % 20000, i % 2, 'city' || i % 100, i % 100, timestamp '2026-01-01' + i * interval '1 min',
           md5(i::text)
    FROM generate_series(1, 200000) i;
CREATE TABLE tiny (id int, a int) WITH (autovacuum_enabled = off);
INSERT INTO tiny SELECT i, i FROM generate_series(1, 500) i;
VACUUM ANALYZE orders, tiny;

-- Executes a statement several times.
CREATE FUNCTION run(times int, statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..times LOOP
        EXECUTE statement;
    END LOOP;
END
$$;
-- What the rules say about this database.
CREATE VIEW found AS
SELECT kind, subject, action, evidence, summary, id FROM perfext.recommendations
WHERE evidence->>'database' = current_database() OR evidence->>'database' IS NULL;

-- Sequential scans that keep one row in twenty thousand want an index.
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT run(60, $$SELECT count(*) FROM orders WHERE customer_id = 17$$);
SELECT kind, subject, action, evidence->'calls' AS calls, jsonb_array_length(evidence->'queryids') AS queryids
FROM found;

-- All columns, their types and ranges, and the order.
SELECT id ~ '^missing_index-[0-9a-f]{10}$' AS id, severity IN ('high', 'medium', 'low') AS severity,
       impact_ratio BETWEEN 0.02 AND 1 AS impact, expected_gain_ratio BETWEEN 0 AND 1 AS gain,
       confidence, verified, status, first_seen <= last_seen AS seen
FROM perfext.recommendations WHERE kind = 'missing_index';

-- The identifier survives a reset; the action, pasted, ends the finding.
CREATE TABLE kept AS SELECT id, action FROM found WHERE kind = 'missing_index';
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT run(60, $$SELECT count(*) FROM orders WHERE customer_id = 17$$);
SELECT id = (SELECT id FROM kept) AS same_id FROM found WHERE kind = 'missing_index';
SELECT action FROM kept \gexec
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT run(60, $$SELECT count(*) FROM orders WHERE customer_id = 17$$);
SELECT count(*) AS found FROM found WHERE kind = 'missing_index';

-- A scan that keeps half of its rows, and one of a tiny table, want none.
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT run(60, $$SELECT count(*) FROM orders WHERE status = 1$$);
SELECT run(200, $$SELECT count(*) FROM tiny t1, tiny t2 WHERE t1.a = 5 AND t2.a > 0$$);
SELECT count(*) AS found FROM found WHERE kind IN ('missing_index', 'unusable_predicate', 'misestimate');

-- Names are quoted: the action is one command, whatever they hold.
CREATE TABLE "evil""; DROP TABLE orders; --" ("se lect" int, "new
line" int) WITH (autovacuum_enabled = off);
INSERT INTO "evil""; DROP TABLE orders; --" SELECT i % 50, i FROM generate_series(1, 100000) i;
ANALYZE "evil""; DROP TABLE orders; --";
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT run(60, $$SELECT count(*) FROM "evil""; DROP TABLE orders; --" WHERE "se lect" = 7 AND "new
line" > 5$$);
SELECT subject, action FROM found WHERE kind = 'missing_index';
SELECT action FROM found WHERE kind = 'missing_index' \gexec
SELECT count(*) > 0 AS still_there FROM orders;

-- Conditions that no index on the column can serve, with the index or the words that can.
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT run(60, $$SELECT count(*) FROM orders WHERE lower(note) = 'abc'$$);
SELECT run(60, $$SELECT count(*) FROM orders WHERE created::date = '2026-03-01'$$);
SELECT kind, subject, action FROM found ORDER BY subject;
CREATE INDEX ON orders (lower(note));
ANALYZE orders;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT run(60, $$SELECT count(*) FROM orders WHERE lower(note) = 'abc'$$);
SELECT count(*) AS found FROM found WHERE kind = 'unusable_predicate';

-- A sort that spills, and the memory that holds it: with that, it does not spill.
SET work_mem = '1MB';
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT run(20, $$SELECT count(*) FROM (SELECT id, note FROM orders ORDER BY note OFFSET 0) x$$);
SELECT kind, subject, action ~ 'SET LOCAL work_mem = ''\d+MB'';' AS set_local,
       action ~ 'ALTER ROLE .* IN DATABASE .* SET work_mem = ''\d+MB'';' AS set_role,
       (evidence->'needed_bytes')::bigint BETWEEN 15e6 AND 60e6 AS needed
FROM found WHERE kind = 'memory_spill';
SELECT 'SET ' || (regexp_match(action, 'LOCAL (work_mem = ''\d+MB'');'))[1] AS set_work_mem
FROM found WHERE kind = 'memory_spill' \gset
:set_work_mem;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT run(2, $$SELECT count(*) FROM (SELECT id, note FROM orders ORDER BY note OFFSET 0) x$$);
SELECT count(*) AS found FROM found WHERE kind = 'memory_spill';
SELECT count(*) AS spilled FROM perfext.plan_nodes WHERE disk_bytes > 0;

-- Hash tables that spill, and what holds them.
SET work_mem = '1MB';
SET hash_mem_multiplier = 1;
SET enable_sort = off;
SET enable_mergejoin = off;
SET enable_nestloop = off;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT run(20, $$SELECT count(*) FROM orders o1 JOIN orders o2 USING (note)$$);
SELECT run(20, $$SELECT count(*) FROM (SELECT note, count(*) FROM orders GROUP BY note) x$$);
SELECT kind, subject, summary ~ '^The hash join' AS hash_join, summary ~ '^The hashed aggregate' AS aggregate
FROM found WHERE kind = 'memory_spill' ORDER BY subject;
SELECT 'SET work_mem = ' || quote_literal(max((regexp_match(action, 'LOCAL work_mem = ''(\d+)MB'';'))[1]::int) || 'MB') AS set_work_mem
FROM found WHERE kind = 'memory_spill' \gset
:set_work_mem;
SELECT perfext.reset() IS NOT NULL AS reset;
\o /dev/null
SELECT count(*) FROM orders o1 JOIN orders o2 USING (note);
SELECT count(*) FROM (SELECT note, count(*) FROM orders GROUP BY note) x;
\o
SELECT coalesce(sum(temp_blks_written), 0) AS spilled FROM perfext.plan_nodes;
RESET work_mem;
RESET hash_mem_multiplier;
RESET enable_sort;
RESET enable_mergejoin;
RESET enable_nestloop;

-- Columns that depend on each other: the planner expects 20 rows, 2,000 come.
CREATE TABLE lines (order_id int, sku text) WITH (autovacuum_enabled = off);
INSERT INTO lines SELECT 1 + i % 200000, 'sku' || i % 1000 FROM generate_series(1, 200000) i;
CREATE INDEX ON orders (city, zip);
ANALYZE lines;
ANALYZE orders;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT run(40, $$SELECT o.id FROM orders o JOIN lines l ON l.order_id = o.id WHERE o.city = 'city7' AND o.zip = 7 ORDER BY l.sku$$);
SELECT kind, subject, action FROM found WHERE kind = 'misestimate';
SELECT unnest(string_to_array(action, E'\n')) FROM found WHERE kind = 'misestimate' \gexec
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT run(40, $$SELECT o.id FROM orders o JOIN lines l ON l.order_id = o.id WHERE o.city = 'city7' AND o.zip = 7 ORDER BY l.sku$$);
SELECT count(*) AS found FROM found WHERE kind = 'misestimate';

-- A table that was never analyzed.
CREATE TABLE fresh (id int, a int) WITH (autovacuum_enabled = off);
INSERT INTO fresh SELECT i, 1 FROM generate_series(1, 100000) i;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT run(20, $$SELECT count(*) FROM fresh f JOIN orders o ON o.id = f.id WHERE f.a = 1$$);
SELECT kind, subject, action FROM found WHERE kind = 'misestimate';
ANALYZE fresh;
SELECT count(*) AS found FROM found WHERE kind = 'misestimate';

-- Foreign-key checks without an index on the referencing columns.
CREATE TABLE parent (id int PRIMARY KEY) WITH (autovacuum_enabled = off);
INSERT INTO parent SELECT i FROM generate_series(1, 1000) i;
CREATE TABLE child (id int, parent_id int REFERENCES parent) WITH (autovacuum_enabled = off);
INSERT INTO child SELECT i, 1 FROM generate_series(1, 200000) i;
VACUUM ANALYZE parent, child;
SELECT perfext.reset() IS NOT NULL AS reset;
DELETE FROM parent WHERE id BETWEEN 100 AND 129;
SELECT kind, subject, action FROM found WHERE kind = 'foreign_key_index';
SELECT action FROM found WHERE kind = 'foreign_key_index' \gexec
SELECT perfext.reset() IS NOT NULL AS reset;
DELETE FROM parent WHERE id BETWEEN 200 AND 229;
SELECT count(*) AS found FROM found WHERE kind = 'foreign_key_index';
-- One without the NULLs serves as well.
DROP INDEX child_parent_id_idx;
CREATE INDEX ON child (parent_id) WHERE parent_id IS NOT NULL;
SELECT perfext.reset() IS NOT NULL AS reset;
DELETE FROM parent WHERE id BETWEEN 300 AND 329;
SELECT count(*) AS found FROM found WHERE kind = 'foreign_key_index';

-- Planning that takes longer than execution: nine tables, empty.
DO $$ BEGIN FOR i IN 1..9 LOOP EXECUTE format('CREATE TABLE e%s (a int, b int)', i); END LOOP; END $$;
SET join_collapse_limit = 12;
SET geqo = off;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT run(40, $$SELECT count(*) FROM e1 JOIN e2 USING (a) JOIN e3 USING (a) JOIN e4 USING (a) JOIN e5 USING (a) JOIN e6 USING (a) JOIN e7 USING (a) JOIN e8 USING (a) JOIN e9 USING (a)$$);
SELECT kind, evidence->'plans' AS plans, action ~ 'PREPARE' AS action FROM found WHERE kind = 'planning_time';
RESET join_collapse_limit;
RESET geqo;

-- Just-in-time compilation of a short statement, where the server can.
SET jit = on;
SET jit_above_cost = 0;
SET jit_inline_above_cost = 0;
SET jit_optimize_above_cost = 0;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT run(10, $$SELECT sum(a + 1), avg(a * 2), count(*) FILTER (WHERE a > 3) FROM tiny$$);
SELECT pg_jit_available() AS can_jit \gset
SET jit = off;
SELECT (count(*) > 0) = :'can_jit'::boolean AS found_where_possible,
       coalesce(bool_and(action ~ '^ALTER ROLE .* SET jit_above_cost = \d+;'), true) AS action
FROM found WHERE kind = 'jit_cost';
RESET jit_above_cost;
RESET jit_inline_above_cost;
RESET jit_optimize_above_cost;

-- Paging by OFFSET, deep and not.
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT run(20, $$SELECT id FROM orders ORDER BY id LIMIT 10 OFFSET 150000$$);
SELECT kind, subject, evidence->'rows_per_page' AS page, evidence->'rows_read_per_page' AS read FROM found;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT run(20, $$SELECT id FROM orders ORDER BY id LIMIT 10 OFFSET 20$$);
SELECT count(*) AS found FROM found;

-- Failing statements.
CREATE FUNCTION fails() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..60 LOOP
        BEGIN
            PERFORM 1 / (id - 1) FROM tiny WHERE id = 1;
        EXCEPTION WHEN division_by_zero THEN
        END;
    END LOOP;
END
$$;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT fails();
SELECT kind, subject, evidence->'failures' AS failures FROM found WHERE kind = 'failures';

-- Six indexes on a table, and each row goes into all of them; nothing is said as long as nobody has read by any of them.
CREATE TABLE wide (a int, b int, c int, d int, e int, f int) WITH (autovacuum_enabled = off);
CREATE INDEX ON wide (a);
CREATE INDEX ON wide (b);
CREATE INDEX ON wide (c);
CREATE INDEX ON wide (d);
CREATE INDEX ON wide (e);
CREATE INDEX ON wide (f);
SELECT perfext.reset() IS NOT NULL AS reset;
INSERT INTO wide SELECT i, i, i, i, i, i FROM generate_series(1, 120000) i;
SELECT count(*) FROM found WHERE kind = 'wal_volume';
SET enable_seqscan = off;
SELECT count(*) FROM generate_series(1, 20) AS i CROSS JOIN LATERAL (SELECT FROM wide WHERE b = i LIMIT 1) AS read;
RESET enable_seqscan;
SELECT pg_stat_force_next_flush();
SELECT kind, subject, evidence->'indexes' AS indexes, action ~ 'DROP INDEX CONCURRENTLY perfext_rules.wide_a_idx;' AS action,
       action ~ 'wide_b_idx' AS used
FROM found WHERE kind = 'wal_volume';

-- Parallel workers that are not to be had.
SET max_parallel_workers_per_gather = 2;
SET max_parallel_workers = 1;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT run(20, $$SELECT sum(length(note)) FROM orders$$);
SELECT kind, subject, (evidence->'workers_planned')::int > (evidence->'workers_launched')::int AS fewer FROM found
WHERE kind = 'parallel_workers';
SET max_parallel_workers_per_gather = 0;
RESET max_parallel_workers;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

-- Another plan, much slower.
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT run(20, $$SELECT note FROM orders WHERE customer_id = 18$$);
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SELECT run(20, $$SELECT note FROM orders WHERE customer_id = 18$$);
RESET enable_indexscan;
RESET enable_bitmapscan;
SELECT kind, subject, evidence->'calls' AS calls FROM found WHERE kind = 'plan_change';

-- Transactions that wait for their client.
SELECT perfext.reset() IS NOT NULL AS reset;
\o /dev/null
BEGIN;
\! sleep 0.12
SELECT count(*) FROM tiny;
\! sleep 0.12
SELECT count(*) FROM tiny;
\! sleep 0.12
SELECT count(*) FROM tiny;
\! sleep 0.12
SELECT count(*) FROM tiny;
\! sleep 0.12
SELECT count(*) FROM tiny;
\! sleep 0.12
SELECT count(*) FROM tiny;
\! sleep 0.12
SELECT count(*) FROM tiny;
\! sleep 0.12
SELECT count(*) FROM tiny;
\! sleep 0.12
SELECT count(*) FROM tiny;
\! sleep 0.12
SELECT count(*) FROM tiny;
\! sleep 0.12
SELECT count(*) FROM tiny;
\! sleep 0.12
SELECT count(*) FROM tiny;
\! sleep 0.12
SELECT count(*) FROM tiny;
\! sleep 0.12
SELECT count(*) FROM tiny;
\! sleep 0.12
SELECT count(*) FROM tiny;
\! sleep 0.12
SELECT count(*) FROM tiny;
\! sleep 0.12
SELECT count(*) FROM tiny;
\! sleep 0.12
SELECT count(*) FROM tiny;
\! sleep 0.12
SELECT count(*) FROM tiny;
\! sleep 0.12
SELECT count(*) FROM tiny;
COMMIT;
\o
SELECT kind, evidence->'statements'->0->>'query' AS before, action ~ 'idle_in_transaction_session_timeout = ''10s''' AS action
FROM found WHERE kind = 'idle_in_transaction';

-- A healthy workload: nothing at all.
CREATE INDEX ON lines (order_id);
VACUUM ANALYZE lines;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT run(200, 'SELECT note FROM orders WHERE id = 17');
SELECT run(100, 'UPDATE orders SET status = 1 - status WHERE id = 18');
SELECT run(100, $$INSERT INTO tiny VALUES (1, 1)$$);
SELECT run(10, $$SELECT status, count(*) FROM orders GROUP BY status$$);
SELECT run(10, $$SELECT count(*) FROM tiny JOIN lines l ON l.order_id = tiny.id$$);
SELECT kind, subject, summary FROM found;

-- Others see that there is something, not the texts in it.
CREATE ROLE perfext_rules_other;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT run(20, $$SELECT id AS hidden FROM orders ORDER BY id LIMIT 10 OFFSET 150000$$);
SELECT run(20, $$SELECT count(*) AS hidden FROM orders WHERE upper(note) = 'abc'$$);
SET ROLE perfext_rules_other;
SELECT kind, subject ~ '^statement -?\d+$' AS subject FROM perfext.recommendations;
SELECT count(*) AS leaks FROM perfext.recommendations AS r WHERE r::text ~ 'hidden|upper|note';
SELECT perfext.report('text') ~ 'hidden|upper|note' OR perfext.report('json') ~ 'hidden|upper|note' AS leaks;
RESET ROLE;
DROP ROLE perfext_rules_other;

-- Every view and column has a comment, every view can be read by everyone.
SELECT c.relname, a.attname
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'perfext'::regnamespace AND c.relkind = 'v'
  AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid, 'pg_class') IS NULL
       OR NOT has_table_privilege('public', c.oid, 'SELECT'));
-- Every rule of perfext.rules has its view, and the other way round.
SELECT r.kind, c.relname
FROM perfext.rules r
FULL JOIN (SELECT relname FROM pg_class WHERE relnamespace = 'perfext'::regnamespace AND relname ~ '^rule_'
           AND relname NOT IN ('rule_statements', 'rule_nodes')) c ON c.relname = 'rule_' || r.kind
WHERE r.kind IS NULL OR c.relname IS NULL;

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA perfext_rules CASCADE;
