-- Missing indexes: what the planner's proofs and the measured times make of each other. The
-- proofs are made up here; the statements, their times and their nodes are real. Nothing
-- printed depends on times: statements sleep for each of the few rows that they keep, so that
-- what there is to save is enough on a fast machine, too.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_missing;
SET search_path = perfext_missing;
SET perfext.node_timing = 'all';
SET max_parallel_workers_per_gather = 0;
SET jit = off;

CREATE TABLE orders (id int PRIMARY KEY, customer_id int, status int, city text, created timestamp,
    note text, total numeric) WITH (autovacuum_enabled = off);
INSERT INTO orders
    SELECT i, i % 20000, i % 50, 'city' || i % 100, timestamp '2026-01-01' + i * interval '1 min',
           md5(i::text), i
    FROM generate_series(1, 100000) i;
CREATE TABLE customers (id int PRIMARY KEY, name text) WITH (autovacuum_enabled = off);
INSERT INTO customers SELECT i, 'name' || i FROM generate_series(0, 19999) i;
CREATE TABLE tiny (id int, a int) WITH (autovacuum_enabled = off);
INSERT INTO tiny SELECT i, i FROM generate_series(1, 500) i;
VACUUM ANALYZE orders, customers, tiny;

-- Executes a statement several times, and forgets what was before.
CREATE FUNCTION run(times int, statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..times LOOP
        EXECUTE statement;
    END LOOP;
END
$$;

-- In the place of the planner's proofs: a table that the test fills.
CREATE TABLE proofs AS SELECT * FROM perfext.index_proofs WHERE false;
CREATE OR REPLACE VIEW perfext.index_proofs AS SELECT * FROM proofs;

-- An index as a proof names it.
CREATE FUNCTION index_of(tab regclass, keys text, more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('relid', c.oid::int8, 'schemaname', n.nspname, 'relname', c.relname,
        'relkind', c.relkind, 'method', 'btree', 'key_columns', string_to_array(keys, ', '),
        'include_columns', '[]'::jsonb, 'predicate', NULL, 'column_list', keys,
        'needs_extension', NULL, 'size_bytes', 1000000, 'table_size_bytes', 10000000,
        'cost_without', 2500, 'scan', 'Index Scan', 'loops', 1, 'rows_per_loop', 5,
        'index_only', false, 'correlation', 0, 'replaces', 'Seq Scan', 'join_before', NULL,
        'join_after', NULL) || more
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = tab
$$;

-- A proof for the statements that look so.
CREATE FUNCTION prove(pattern text, indexes jsonb, reason text DEFAULT NULL, cost_after float8 DEFAULT 25)
RETURNS bigint LANGUAGE sql AS $$
    WITH i AS (
        INSERT INTO proofs (userid, dbid, queryid, toplevel, foreign_key, proved_at, cost_before, cost_after, reason, indexes)
        SELECT userid, dbid, queryid, toplevel, false, now(), 2500, prove.cost_after, prove.reason, prove.indexes
        FROM perfext.rule_statements WHERE is_here AND query LIKE pattern AND query NOT LIKE '%prove(%' RETURNING 1)
    SELECT count(*) FROM i
$$;
CREATE FUNCTION start() RETURNS boolean LANGUAGE sql AS $$
    DELETE FROM proofs;
    SELECT perfext.reset() IS NOT NULL
$$;

-- A statement that was proved: the index with all its figures.
SELECT start();
SELECT run(20, $$SELECT count(pg_sleep(0.002)) FROM orders WHERE customer_id = 17$$);
SELECT prove('%customer_id%', jsonb_build_array(index_of('orders', 'customer_id')));
SELECT schemaname, relname, method, key_columns, include_columns, predicate, ddl, cardinality(queryids) AS queryids, calls,
       cost_before, cost_after, index_size_bytes, write_cost_time, verified, reason, confidence
FROM perfext.missing_indexes;
SELECT m.relid = 'orders'::regclass AS relid, m.dbid = d.oid AS dbid, m.saved_time BETWEEN 0.5 * m.total_exec_time AND m.total_exec_time AS saved,
       m.saved_time_ratio BETWEEN 0.02 AND 1 AS ratio, m.first_seen <= m.last_seen AS seen
FROM perfext.missing_indexes m, pg_database d WHERE d.datname = current_database();
SELECT r.kind, r.subject, r.action = m.ddl AS action, r.verified, r.status, r.confidence, r.id = m.id AS id,
       r.evidence->'cost_before' AS cost_before, r.evidence->'cost_after' AS cost_after
FROM perfext.recommendations r JOIN perfext.missing_indexes m USING (id);
-- The identifier does not change.
CREATE TABLE kept AS SELECT id FROM perfext.missing_indexes;
SELECT start();
SELECT run(30, $$SELECT count(pg_sleep(0.002)) FROM orders WHERE customer_id = 18$$);
SELECT prove('%customer_id%', jsonb_build_array(index_of('orders', 'customer_id')));
SELECT m.id = k.id AS same FROM perfext.missing_indexes m, kept k;
-- Once the index is there, under whatever name, it is not missing.
CREATE INDEX other_name ON orders (customer_id, city);
SELECT count(*) AS missing FROM perfext.missing_indexes;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'other_name'::regclass;
SELECT count(*) AS missing FROM perfext.missing_indexes;
DROP INDEX other_name;
-- One of another kind does not serve it.
CREATE INDEX other_name ON orders (customer_id) WHERE status = 1;
CREATE INDEX other_method ON orders USING hash (customer_id);
CREATE INDEX other_order ON orders (city, customer_id);
SELECT count(*) AS missing FROM perfext.missing_indexes;
DROP INDEX other_name, other_method, other_order;

-- What was not proved is told by the executor's evidence, and why; what no index helps, is not.
SELECT start();
SELECT run(20, $$SELECT count(pg_sleep(0.002)) FROM orders WHERE customer_id = 17$$);
SELECT ddl, verified, reason, cost_before, cost_after, index_size_bytes FROM perfext.missing_indexes;
SELECT prove('%customer_id%', NULL, 'timeout');
SELECT ddl, verified, reason FROM perfext.missing_indexes;
SELECT subject, verified, status, summary FROM perfext.recommendations;
UPDATE proofs SET reason = 'no index helps';
SELECT count(*) AS missing FROM perfext.missing_indexes;
SELECT count(*) AS found FROM perfext.recommendations;
-- An index proved for one statement also serves another one that was not.
SELECT run(20, $$SELECT max(note) FROM orders WHERE customer_id = 17$$);
UPDATE proofs SET reason = NULL, indexes = jsonb_build_array(index_of('orders', 'customer_id'));
SELECT ddl, verified FROM perfext.missing_indexes;

-- One index for two statements: a prefix, and the columns included by either.
SELECT start();
SELECT run(20, $$SELECT count(pg_sleep(0.002)) AS one FROM orders WHERE customer_id = 17$$);
SELECT run(20, $$SELECT count(pg_sleep(0.002)) AS two FROM orders WHERE customer_id = 17 AND created > '2026-02-01'$$);
SELECT prove('%one FROM%', jsonb_build_array(index_of('orders', 'customer_id', '{"include_columns": ["total"]}')));
SELECT prove('%two FROM%', jsonb_build_array(index_of('orders', 'customer_id, created', '{"include_columns": ["status"]}')));
SELECT ddl, cardinality(queryids) AS queryids, calls FROM perfext.missing_indexes;
-- Columns that are compared for equality may stand in any order, others not.
UPDATE proofs SET indexes = jsonb_build_array(index_of('orders', 'created, customer_id')) WHERE indexes->0->>'column_list' = 'customer_id, created';
SELECT ddl, cardinality(queryids) AS queryids FROM perfext.missing_indexes ORDER BY ddl;
SELECT start();
SELECT run(20, $$SELECT count(*) AS one FROM orders WHERE customer_id = 17 AND status = 3$$);
SELECT run(20, $$SELECT count(*) AS two FROM orders WHERE status = 3 AND customer_id = 17 AND created > '2026-02-01'$$);
SELECT prove('%one FROM%', jsonb_build_array(index_of('orders', 'status, customer_id')));
SELECT prove('%two FROM%', jsonb_build_array(index_of('orders', 'customer_id, status, created')));
SELECT ddl, cardinality(queryids) AS queryids FROM perfext.missing_indexes ORDER BY ddl;
-- A partial index serves only statements with its predicate; operator classes and directions count.
UPDATE proofs SET indexes = jsonb_build_array(index_of('orders', 'customer_id', '{"predicate": "(status = 3)"}')) WHERE indexes->0->>'column_list' = 'status, customer_id';
SELECT ddl, predicate, cardinality(queryids) AS queryids FROM perfext.missing_indexes ORDER BY ddl;
UPDATE proofs SET indexes = jsonb_build_array(index_of('orders', 'customer_id DESC')) WHERE indexes->0->>'column_list' = 'customer_id';
SELECT ddl, cardinality(queryids) AS queryids FROM perfext.missing_indexes ORDER BY ddl;

-- Writes cost more than the reads save.
SELECT start();
SELECT run(20, $$SELECT count(*) FROM orders WHERE customer_id = 17$$);
SELECT prove('%customer_id%', jsonb_build_array(index_of('orders', 'customer_id')));
INSERT INTO orders SELECT i FROM generate_series(200001, 200100) i;
SELECT rows_written, write_cost_time > 0 AS costs FROM perfext.missing_indexes;
INSERT INTO orders SELECT i FROM generate_series(300001, 800000) i;
DELETE FROM orders WHERE id > 200000;
SELECT relid::regclass, inserted, updated, deleted FROM perfext.table_writes WHERE relid = 'orders'::regclass;
SELECT count(*) AS missing FROM perfext.missing_indexes;
-- COPY writes, too.
COPY tiny (id, a) FROM stdin;
1	1
2	2
\.
SELECT relid::regclass, inserted FROM perfext.table_writes WHERE relid = 'tiny'::regclass;
VACUUM FULL ANALYZE orders;

-- A nested loop in the place of a hash join: with many probes it would be slower than the
-- times measured, however cheap the planner finds it; with few it is not.
SELECT start();
SELECT run(10, $$SELECT count(o.note) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.name LIKE 'name%'$$);
SELECT prove('%JOIN%', jsonb_build_array(index_of('orders', 'customer_id', '{"loops": 200000, "rows_per_loop": 5, "cost_without": 500000, "join_before": "Hash Join", "join_after": "Nested Loop"}')), NULL, 200000);
UPDATE proofs SET cost_before = 500000;
SELECT gets_slower, join_before, join_after FROM perfext.index_benefits;
SELECT count(*) AS missing FROM perfext.missing_indexes;
UPDATE proofs SET cost_after = 25, cost_before = 2500, indexes = jsonb_build_array(indexes->0 || '{"loops": 5, "cost_without": 2500}');
SELECT ddl, confidence FROM perfext.missing_indexes;
-- A statement that gets slower blocks the index for others.
SELECT run(20, $$SELECT count(pg_sleep(0.002)) FROM orders WHERE customer_id = 17$$);
SELECT prove('%FROM orders WHERE customer_id%', jsonb_build_array(index_of('orders', 'customer_id')));
SELECT cardinality(queryids) AS queryids FROM perfext.missing_indexes;
UPDATE proofs SET cost_after = 400000, cost_before = 500000, indexes = jsonb_build_array(indexes->0 || '{"loops": 200000, "cost_without": 500000}') WHERE indexes->0->>'join_after' = 'Nested Loop';
SELECT count(*) AS missing FROM perfext.missing_indexes;

-- Rows that are found again and again by the same key are in the processor's caches: those
-- of the join that compares the index's column are told by what it returned.
UPDATE proofs SET indexes = (SELECT jsonb_agg(index_of('orders', c, '{"loops": 100, "rows_per_loop": 100000, "table_size_bytes": 2000000000, "join_before": "Hash Join", "join_after": "Nested Loop"}')) FROM unnest('{customer_id,city}'::text[]) AS c)
WHERE indexes->0->>'join_after' = 'Nested Loop';
SELECT min(new_time) FILTER (WHERE column_list = 'customer_id') < 0.9 * min(new_time) FILTER (WHERE column_list = 'city') AS again
FROM perfext.index_benefits WHERE join_after = 'Nested Loop';

-- Where the planner took many rows for few, nobody knows what else it will do with them.
SELECT start();
SELECT run(10, $$SELECT count(o.note) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.name || '' = c.name$$);
SELECT prove('%JOIN%', jsonb_build_array(index_of('orders', 'customer_id', '{"loops": 5, "join_before": "Hash Join", "join_after": "Nested Loop"}')));
SELECT gets_slower, saved_time FROM perfext.index_benefits;

-- A scan that stops early: all of the statement's time is at stake, not that of reading all rows.
SELECT start();
SELECT run(20, $$SELECT id FROM orders ORDER BY created DESC LIMIT 3$$);
SELECT prove('%ORDER BY created%', jsonb_build_array(index_of('orders', 'created', '{"rows_per_loop": 100000, "full_cost": 5000}')), NULL, 0.5);
SELECT ddl, saved_time > 0.9 * total_exec_time AS nearly_all FROM perfext.missing_indexes;
-- Not where the new plan pays for the scan to its end, however little: then all its rows are read.
UPDATE proofs SET indexes = jsonb_build_array(indexes->0 || '{"full_cost": 0.5}');
SELECT new_time > 20 * calls AS reads_all FROM perfext.index_benefits;

-- Two indexes for a statement share what it saves.
SELECT start();
SELECT run(20, $$SELECT count(pg_sleep(0.002)) FROM orders WHERE customer_id = 17 OR city = 'city100'$$);
SELECT prove('%OR city%', jsonb_build_array(index_of('orders', 'customer_id'), index_of('orders', 'city')));
SELECT count(*) AS indexes, sum(saved_time) <= max(total_exec_time) AS no_more_than_all, min(saved_time) / max(saved_time) > 0.9 AS shared FROM perfext.missing_indexes;

-- No table: tiny, dropped or renamed since, temporary, of the system.
SELECT start();
SELECT run(20, $$SELECT count(pg_sleep(0.002)) FROM orders WHERE customer_id = 17$$);
SELECT prove('%customer_id%', jsonb_build_array(index_of('tiny', 'a'), index_of('pg_class', 'relpages'),
    index_of('orders', 'city', '{"relname": "orders_of_then"}'), index_of('orders', 'city', '{"relid": 1}')));
SELECT count(*) AS missing FROM perfext.missing_indexes;
-- Nor where the planner's saving is below 2 %.
UPDATE proofs SET cost_after = 2480, indexes = jsonb_build_array(index_of('orders', 'customer_id'));
SELECT count(*) AS missing FROM perfext.missing_indexes;

-- An index that is read as a whole has to save three quarters, one that is read in part less.
CREATE TABLE piece (id int, a int, pad text) WITH (autovacuum_enabled = off);
INSERT INTO piece SELECT i, i % 1000, repeat('x', 150) FROM generate_series(1, 5000) i;
ANALYZE piece;
SELECT start();
SELECT run(5, $$SELECT count(pg_sleep(0.02)) FROM piece WHERE a = 17$$);
SELECT prove('%FROM piece%', jsonb_build_array(index_of('piece', 'a', '{"fetched_per_loop": 5000, "correlation": 1}')), NULL, 1000);
SELECT count(*) AS missing FROM perfext.missing_indexes;
UPDATE proofs SET indexes = jsonb_build_array(index_of('piece', 'a', '{"fetched_per_loop": 2500, "correlation": 1}'));
SELECT count(*) AS missing FROM perfext.missing_indexes;

-- Asking does not change what there is to save.
SELECT max(database_time) AS time FROM perfext.rule_statements \gset
SELECT count(*) > 0 AS asked FROM perfext.statements, pg_sleep(0.2);
SELECT max(database_time) = :time AS same FROM perfext.rule_statements;

-- Less than 30 % of the time of the nodes that go lies within the error of such estimates. The
-- statement sleeps for each of its five rows, so that a fifth of it is enough time on any machine.
SELECT start();
SELECT run(20, $$SELECT count(pg_sleep(0.01)) FROM orders WHERE customer_id = 17$$);
SELECT prove('%customer_id%', jsonb_build_array(index_of('orders', 'customer_id', '{"cost_without": 2500}')), NULL, 2000);
SELECT saved_time BETWEEN 0.02 * database_time AND 0.29 * node_time AS little FROM perfext.proved_indexes;
SELECT count(*) AS missing FROM perfext.missing_indexes;
UPDATE proofs SET cost_after = 1000;
SELECT count(*) AS missing FROM perfext.missing_indexes;

-- How long a scan takes: by probes and rows, from the index alone, in the table's order, in a small
-- table, and where half of the pages are not in shared_buffers.
SELECT round(perfext.index_scan_time(1000, 10, false, false, 0, 1073741824, 0)::numeric, 3) AS scattered,
       round(perfext.index_scan_time(1000, 10, true, false, 0, 1073741824, 0.5)::numeric, 3) AS index_only,
       round(perfext.index_scan_time(1000, 10, false, false, -1, 1073741824, 0.5)::numeric, 3) AS in_order,
       round(perfext.index_scan_time(1000, 10, false, false, 0, 8388608, NULL)::numeric, 3) AS small,
       round(perfext.index_scan_time(1000, 10, false, false, 0, 1073741824, 0.5)::numeric, 3) AS missed;
-- What space has to earn: a quarter of its share of the tables, and the more the more is taken.
SELECT ARRAY(SELECT perfext.choose_indexes(1000, '{0.2}', '{0}', 1, '{1}', '{1}', '{51}')) AS enough,
       ARRAY(SELECT perfext.choose_indexes(1000, '{0.2}', '{0}', 1, '{1}', '{1}', '{49}')) AS too_little,
       ARRAY(SELECT perfext.choose_indexes(1000, '{0.3, 0.2}', '{0, 0}', 2, '{1, 2}', '{1, 2}', '{400, 60}')) AS after_a_large_one,
       ARRAY(SELECT perfext.choose_indexes(1000, '{0.05, 0.2}', '{0, 0}', 2, '{1, 2}', '{1, 2}', '{400, 60}')) AS after_a_small_one;

-- Other forms beside the one that was proved. Included columns: where the plain index, row by
-- row, would take longer than the scan that there is.
CREATE FUNCTION form_of(index jsonb, more jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT index || jsonb_build_object('forms', jsonb_build_array(index || more))
$$;
UPDATE proofs SET cost_before = 200000, cost_after = 150000, indexes = jsonb_build_array(form_of(index_of('orders', 'customer_id', '{"rows_per_loop": 50, "fetched_per_loop": 100000, "table_size_bytes": 200000000, "cost_without": 200000}'),
    '{"include_columns": ["total"], "index_only": true, "fetched_per_loop": 1000, "cost": 10000, "size_bytes": 3000000}'));
SELECT kind, include_columns, gets_slower, time_change > 0 AS saves FROM perfext.index_benefits ORDER BY kind;
SELECT ddl FROM perfext.missing_indexes;
-- Not where they save hardly more,
UPDATE proofs SET cost_before = 2500, cost_after = 25, indexes = jsonb_build_array(form_of(index_of('orders', 'customer_id', '{"fetched_per_loop": 5}'),
    '{"include_columns": ["total"], "index_only": true, "cost": 5, "size_bytes": 3000000}'));
SELECT ddl FROM perfext.missing_indexes;
-- nor for some dozen rows, whatever the planner says that these cost,
UPDATE proofs SET cost_after = 500, indexes = jsonb_build_array(form_of(index_of('orders', 'customer_id', '{"fetched_per_loop": 60}'),
    '{"include_columns": ["total"], "index_only": true, "cost": 5, "size_bytes": 3000000}'));
SELECT ddl FROM perfext.missing_indexes;
-- nor where they make the index too large for what it saves: a quarter of its share of all tables' bytes.
UPDATE proofs SET cost_after = 2000, indexes = jsonb_build_array(form_of(index_of('orders', 'customer_id', '{"cost_without": 2500, "fetched_per_loop": 500}'),
    '{"include_columns": ["total"], "index_only": true, "cost": 500, "size_bytes": 1000000}'));
SELECT ddl FROM perfext.missing_indexes;
UPDATE proofs SET indexes = jsonb_build_array(indexes->0 || jsonb_build_object('forms', jsonb_build_array(indexes->0->'forms'->0 || '{"size_bytes": 10000000000}')));
SELECT count(*) AS missing FROM perfext.missing_indexes;
-- A shorter one that does nearly the same, where the longer one is too large.
UPDATE proofs SET cost_after = 25, indexes = jsonb_build_array(form_of(index_of('orders', 'customer_id, note', '{"size_bytes": 10000000000}'),
    '{"key_columns": ["customer_id"], "column_list": "customer_id", "cost": 60, "size_bytes": 1000000}'));
SELECT ddl, index_size_bytes FROM perfext.missing_indexes;

-- The plan of another statement would take the index, too, and read the table row by row.
UPDATE proofs SET indexes = jsonb_build_array(index_of('orders', 'customer_id'));
SELECT run(5, $$SELECT max(note) FROM orders WHERE customer_id > 1000$$);
SELECT prove('%customer_id >%', '[]', 'no index helps', 2500);
SELECT count(*) AS missing FROM perfext.missing_indexes;
UPDATE proofs SET cost_before = 100000, risks = jsonb_build_array(index_of('orders', 'customer_id', '{"fetched_per_loop": 950000, "table_size_bytes": 200000000, "cost": 90000}')) WHERE reason IS NOT NULL;
SELECT kind, gets_slower FROM perfext.index_benefits ORDER BY kind;
SELECT count(*) AS missing FROM perfext.missing_indexes;
-- Only an index that begins with that column,
UPDATE proofs SET indexes = jsonb_build_array(index_of('orders', 'status, customer_id')) WHERE reason IS NULL;
SELECT count(*) AS missing FROM perfext.missing_indexes;
-- and not one whose rows the other statement does not want.
UPDATE proofs SET indexes = jsonb_build_array(index_of('orders', 'customer_id', '{"predicate": "(status = 3)"}')) WHERE reason IS NULL;
SELECT count(*) AS missing FROM perfext.missing_indexes;
-- Where it would be no slower, it is no reason either.
UPDATE proofs SET indexes = jsonb_build_array(index_of('orders', 'customer_id')) WHERE reason IS NULL;
UPDATE proofs SET risks = jsonb_build_array(risks->0 || '{"fetched_per_loop": 10}') WHERE reason IS NOT NULL;
SELECT count(*) AS missing FROM perfext.missing_indexes;

-- One statement that takes nearly all of the time does not hide what the others need: the
-- floor of 2 % is of what larger savings leave.
DO $$
DECLARE
    start timestamptz := clock_timestamp();
BEGIN
    PERFORM perfext.reset();
    DELETE FROM proofs;
    WHILE clock_timestamp() < start + interval '100 ms' LOOP
        EXECUTE 'SELECT count(*) FROM orders WHERE customer_id = 17';
    END LOOP;
END
$$;
SELECT total_exec_time * 60 / 1000 AS seconds FROM perfext.statements WHERE query = 'SELECT count(*) FROM orders WHERE customer_id = $1' \gset
SELECT count(*) AS slow FROM (SELECT pg_sleep(:seconds)) AS s;
SELECT prove('%customer_id =%', jsonb_build_array(index_of('orders', 'customer_id', '{"size_bytes": 1000}')));
SELECT saved_time < 0.02 * database_time AS below FROM perfext.proved_indexes;
SELECT count(*) AS missing FROM perfext.missing_indexes;
SELECT prove('%pg_sleep%', jsonb_build_array(index_of('customers', 'name', '{"size_bytes": 1000}')));
SELECT relname FROM perfext.missing_indexes ORDER BY saved_time DESC;
SELECT DISTINCT kind, status FROM perfext.recommendations WHERE kind = 'missing_index';
SELECT count(*) AS recommended FROM perfext.recommendations WHERE kind = 'missing_index';

-- An extension that would have to be installed: proposed from what was measured.
SELECT start();
SELECT run(20, $$SELECT count(*) FROM orders WHERE note LIKE '%abcde1%'$$);
SELECT method, key_columns, ddl, verified, reason FROM perfext.missing_indexes;
SELECT kind, action FROM perfext.recommendations WHERE kind = 'missing_index';
CREATE SCHEMA perfext_trgm;
CREATE EXTENSION pg_trgm SCHEMA perfext_trgm;
SELECT count(*) AS missing FROM perfext.missing_indexes;
DROP EXTENSION pg_trgm;
DROP SCHEMA perfext_trgm;

SELECT start();
SELECT run(20, $$SELECT count(pg_sleep(0.002)) FROM orders WHERE customer_id = 17$$);
SELECT prove('%customer_id%', jsonb_build_array(index_of('orders', 'customer_id')));
-- Methods, operator classes and extensions that are not there yet.
UPDATE proofs SET cost_after = 25, indexes = jsonb_build_array(index_of('orders', 'note gin_trgm_ops', '{"method": "gin", "key_columns": ["note"], "needs_extension": "no_such_extension"}'));
SELECT method, key_columns, ddl FROM perfext.missing_indexes;
-- After an expression index its statistics are collected.
UPDATE proofs SET indexes = jsonb_build_array(index_of('orders', 'lower(city)'));
SELECT action FROM perfext.recommendations WHERE kind = 'missing_index';

-- A partitioned table: each partition by itself, without blocking. The commands, pasted, end it.
CREATE TABLE events (id int, at date, kind int, note text) PARTITION BY RANGE (at);
CREATE TABLE "events 2025" PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY LIST (kind);
CREATE TABLE events_2026_0 PARTITION OF events_2026 DEFAULT;
INSERT INTO events SELECT i, date '2025-01-01' + i % 700, i % 7, md5(i::text) FROM generate_series(1, 100000) i;
VACUUM ANALYZE events;
SELECT start();
SELECT run(20, $$SELECT count(pg_sleep(0.01)) FROM events WHERE id = 17$$);
SELECT prove('%events%', jsonb_build_array(index_of('events', 'id')));
SELECT relname, ddl, verified FROM perfext.missing_indexes;
SELECT unnest(string_to_array(ddl, E'\n')) FROM perfext.missing_indexes \gexec
SELECT count(*) AS missing FROM perfext.missing_indexes;
SELECT indisvalid FROM pg_index WHERE indrelid = 'events'::regclass;

-- Names that mean something to SQL.
CREATE TABLE "a""; DROP TABLE orders; --" ("se lect" int, b text) WITH (autovacuum_enabled = off);
INSERT INTO "a""; DROP TABLE orders; --" SELECT i, md5(i::text) FROM generate_series(1, 100000) i;
ANALYZE "a""; DROP TABLE orders; --";
SELECT start();
SELECT run(20, $$SELECT count(pg_sleep(0.01)) FROM "a""; DROP TABLE orders; --" WHERE "se lect" = 7$$);
SELECT prove('%se lect%', jsonb_build_array(index_of('"a""; DROP TABLE orders; --"', '"se lect"')));
SELECT ddl FROM perfext.missing_indexes;
SELECT ddl FROM perfext.missing_indexes \gexec
SELECT count(*) AS missing, count(o.id) AS orders FROM perfext.missing_indexes RIGHT JOIN (SELECT 1 AS id FROM orders LIMIT 1) o ON true WHERE key_columns IS NULL;

-- Afterwards: applied, then confirmed by its measured gain; or no gain, and dropped.
SELECT start();
SELECT run(30, $$SELECT count(*) FROM orders WHERE customer_id = 17$$);
SELECT prove('%customer_id%', jsonb_build_array(index_of('orders', 'customer_id')));
CREATE TABLE proposed AS SELECT id FROM perfext.missing_indexes;
-- the executions just before the index was created
UPDATE proofs p SET applied_at = now(), applied_indexes = indexes, applied_cost_before = cost_before, applied_cost_after = cost_after,
    applied_calls = s.calls, applied_exec_time = s.total_exec_time
FROM perfext.statements s WHERE s.queryid = p.queryid;
SELECT count(*) AS applied FROM perfext.advice_accuracy;
CREATE INDEX orders_customer_id_idx ON orders (customer_id);
SELECT r.id = p.id AS same_id, r.status, r.verified, r.action FROM perfext.recommendations r, proposed p WHERE kind = 'missing_index';
SELECT count(*) AS missing FROM perfext.missing_indexes;
SELECT run(29, $$SELECT count(*) FROM orders WHERE customer_id = 17$$);
SELECT status FROM perfext.recommendations WHERE kind = 'missing_index';
SELECT run(1, $$SELECT count(*) FROM orders WHERE customer_id = 17$$);
SELECT status, verified, action, (evidence->'measured_gain_ratio')::float8 > 0.5 AS gain, expected_gain_ratio FROM perfext.recommendations WHERE kind = 'missing_index';
SELECT relname, index_name, estimated_saved_ratio > 0.5 AS estimated, measured_saved_ratio > 0.5 AS measured, abs(error_ratio) < 0.4 AS near,
       calls_before, calls_after, mean_exec_time_before > mean_exec_time_after AS shorter, is_confirmed
FROM perfext.advice_accuracy;
-- In other hands the number may be another one.
SET perfext.confirm_calls = 100;
SELECT status FROM perfext.recommendations WHERE kind = 'missing_index';
RESET perfext.confirm_calls;
-- As if it had taken as long before.
UPDATE proofs p SET applied_exec_time = 0.5 * s.total_exec_time FROM perfext.statements s WHERE s.queryid = p.queryid;
SELECT status, verified, action FROM perfext.recommendations WHERE kind = 'missing_index';
SELECT action FROM perfext.recommendations WHERE kind = 'missing_index' \gexec
SELECT status FROM perfext.recommendations WHERE kind = 'missing_index' AND status <> 'open';

-- The second index, taken for 34 ms more, does what the first was taken for as well.
SELECT array_agg(n) AS chosen
FROM perfext.choose_indexes(1400, ARRAY[0.04, 0.09], ARRAY[0, 0], 2, ARRAY[1, 1, 2, 2], ARRAY[1, 2, 1, 2], ARRAY[702, 596, 702, 630]) AS n;
-- It does not where the first one alone serves a third statement.
SELECT array_agg(n) AS chosen
FROM perfext.choose_indexes(1400, ARRAY[0.04, 0.09], ARRAY[0, 0], 3, ARRAY[1, 1, 1, 2, 2], ARRAY[1, 2, 3, 1, 2], ARRAY[702, 596, 40, 702, 640]) AS n;
-- 2 % of all time is the least by which one has to do better what another one serves as well.
SELECT array_agg(n) AS chosen
FROM perfext.choose_indexes(1400, ARRAY[0.04, 0.09], ARRAY[0, 0], 2, ARRAY[1, 1, 2, 2], ARRAY[1, 2, 1, 2], ARRAY[702, 596, 690, 620]) AS n;
-- One that serves something else needs no more than its price.
SELECT array_agg(n) AS chosen
FROM perfext.choose_indexes(1400, ARRAY[0.04, 0.01], ARRAY[0, 0], 2, ARRAY[1, 2], ARRAY[1, 2], ARRAY[702, 20]) AS n;

-- Others see no more of a statement than the facts show them.
SELECT start();
SELECT run(30, $$SELECT count(pg_sleep(0.002)) FROM orders WHERE customer_id = 17$$);
SELECT prove('%customer_id%', jsonb_build_array(index_of('orders', 'customer_id')));
CREATE ROLE regress_perfext_missing;
SET ROLE regress_perfext_missing;
SELECT DISTINCT s->>'query' ~ '^statement -?\d+$' AS is_masked FROM perfext.missing_indexes, jsonb_array_elements(evidence->'statements') s;
SELECT count(*) AS found FROM perfext.recommendations WHERE kind = 'missing_index';
RESET ROLE;

RESET search_path;
DROP EXTENSION perfext CASCADE;
DROP SCHEMA perfext_missing CASCADE;
DROP ROLE regress_perfext_missing;
CREATE EXTENSION perfext;
