-- The rules about loads: that they speak, once, with names and figures, and are silent where nothing is
-- to be gained. How good they are: test/etl/run.sh, with real clients.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_etl;
SET search_path = perfext_etl;
RESET client_min_messages;
SELECT perfext.reset() IS NOT NULL AS reset;
-- The facts, as they were measured; nothing here depends on this machine's speed.
CREATE TABLE facts AS SELECT * FROM perfext.etl_loads() WHERE false;
CREATE FUNCTION load(relname text, operation text, shape text, statements bigint, rows bigint, total_time float8,
    commit_time float8, gap float8, changes jsonb DEFAULT '{}') RETURNS void LANGUAGE sql AS $$
    INSERT INTO facts
    SELECT * FROM jsonb_populate_record(NULL::facts, jsonb_build_object(
        'dbid', (SELECT oid FROM pg_database WHERE datname = current_database()), 'schemaname', 'perfext_etl',
        'relname', relname, 'relid', coalesce(to_regclass('perfext_etl.' || relname)::oid, 1), 'operation', operation, 'shape', shape,
        'statements', statements, 'rows', rows, 'rows_per_statement', rows / statements::float8,
        'rows_per_commit', rows / greatest(statements, 1)::float8, 'rows_per_run', rows, 'total_time', total_time, 'max_time', total_time,
        'rows_per_second', rows / (total_time + commit_time + gap) * 1000, 'wal_bytes', 100 * rows, 'temp_bytes', 0,
        'index_count', 1, 'fk_time', 0, 'commit_time', commit_time, 'client_gap_time', gap, 'commits', statements, 'runs', 1,
        'stream_statements', statements, 'has_row_trigger', false, 'has_returning', false, 'has_on_conflict', false,
        'is_logged', true, 'queryids', '[7]'::jsonb, 'first_seen', now(), 'last_seen', now()) || changes)
$$;
CREATE OR REPLACE VIEW perfext.etl_loads AS
SELECT l.* FROM facts AS l WHERE l.operation NOT IN ('result', 'scan');
CREATE FUNCTION said() RETURNS TABLE (kind text, subject text, summary text) LANGUAGE sql AS $$
    SELECT kind, subject, summary FROM perfext.rule_load_batch
    UNION ALL SELECT kind, subject, summary FROM perfext.rule_load_commit
    UNION ALL SELECT kind, subject, summary FROM perfext.rule_load_loop
    UNION ALL SELECT kind, subject, summary FROM perfext.rule_copy_row_trigger
    UNION ALL SELECT kind, subject, summary FROM perfext.rule_load_indexes
    UNION ALL SELECT kind, subject, summary FROM perfext.rule_load_foreign_keys
    UNION ALL SELECT kind, subject, summary FROM perfext.rule_staging_unlogged
    UNION ALL SELECT kind, subject, summary FROM perfext.rule_index_build_memory
    UNION ALL SELECT kind, subject, summary FROM perfext.rule_update_all
    ORDER BY 2, 1
$$;
CREATE FUNCTION learnt(batch bigint, commit bigint, rate float8) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('recommended_batch_rows', batch, 'recommended_commit_rows', commit,
        'projected_rows_per_second', rate, 'learnt_from', 'statements of different sizes', 'statement_cost', 0.1, 'row_cost', 0.005)
$$;

-- Small batches. Not: few statements, no streams, nothing to gain, large batches, nothing learnt.
SELECT load('one_by_one', 'insert', 'row', 10000, 10000, 300, 3000, 1000, learnt(1024, 2048, 150000));
SELECT load('in_one', 'insert', 'row', 10000, 10000, 300, 3, 1000, learnt(1024, 2048, 150000) || '{"rows_per_commit": 10000, "commits": 1}');
SELECT load('returning', 'insert', 'row', 10000, 10000, 300, 3, 1000, learnt(4096, 4096, 150000) || '{"has_returning": true}');
SELECT load('tens', 'insert', 'values', 1000, 10000, 300, 300, 100, learnt(4096, 4096, 150000));
SELECT load('copies', 'copy', 'stdin', 1000, 10000, 300, 300, 100, learnt(512, 1024, 150000));
SELECT load('few', 'insert', 'row', 150, 150, 300, 300, 100, learnt(1024, 2048, 150000));
SELECT load('now_and_then', 'insert', 'row', 10000, 10000, 300, 300, 100, learnt(1024, 2048, 150000) || '{"stream_statements": 1000}');
SELECT load('fast', 'insert', 'values', 1000, 100000, 600, 5, 5, learnt(1024, 2048, 180000));
SELECT load('large', 'insert', 'values', 1000, 512000, 3000, 5, 5, learnt(1024, 2048, 500000));
SELECT load('nothing_learnt', 'insert', 'row', 10000, 10000, 300, 300, 100);
-- Changes of rows that are there, in no order, in one transaction. Not: each its own, which may be what a user did; a few rows
-- here and there in each transaction; a client that does something else between.
SELECT load('changed', 'update', 'plain', 5000, 5000, 200, 3, 400, learnt(1024, 2048, 60000) || '{"rows_per_commit": 5000, "commits": 1}');
SELECT load('removed', 'delete', 'plain', 5000, 5000, 200, 3, 400, learnt(1024, 2048, 60000) || '{"rows_per_commit": 5000, "commits": 1}');
SELECT load('by_users', 'update', 'plain', 5000, 5000, 200, 100, 300, learnt(1024, 2048, 60000));
SELECT load('orders', 'insert', 'row', 5000, 5000, 200, 100, 100, learnt(1024, 2048, 60000) || '{"rows_per_commit": 3, "following_ratio": 0.6}');
SELECT load('in_turn', 'insert', 'row', 5000, 5000, 200, 3, 300, learnt(1024, 2048, 60000) || '{"rows_per_commit": 5000, "following_ratio": 0}');
SELECT load('counted', 'update', 'plain', 1000, 1000, 200, 600, 1100, '{"rows_per_commit": 1}');
SELECT * FROM said();
SELECT subject, action, confidence, impact_ratio BETWEEN 0.01 AND 1 AS impact, expected_gain_ratio > 0.3 AS gain,
       evidence ->> 'queryids' AS queryids
FROM perfext.rule_load_batch WHERE subject ~ 'one_by_one|returning|tens|copies|changed|removed' ORDER BY 1;
-- They are recommendations: severities are theirs, the identifier is the target's.
SELECT kind, subject, severity IS NOT NULL AS severity, status, id = 'load_batch-' || left(md5('contrib_regression/perfext_etl/tens/insert/values'), 10) AS id
FROM perfext.recommendations WHERE kind ~ '^load' AND subject ~ 'tens';
TRUNCATE facts;

-- Small transactions. Not: many rows each, little time in commits, no stream.
SELECT load('each', 'update', 'plain', 2000, 2000, 100, 2000, 200);
SELECT load('procedure', 'insert', 'nested', 2000, 2000, 100, 2000, 0, '{"client_gap_time": null}');
SELECT load('thousands', 'update', 'plain', 2000, 2000, 100, 2000, 200, '{"rows_per_commit": 1000}');
SELECT load('quick', 'update', 'plain', 2000, 2000, 1000, 200, 200);
SELECT load('application', 'update', 'plain', 2000, 2000, 100, 2000, 200, '{"stream_statements": 0}');
SELECT * FROM said();
SELECT action FROM perfext.rule_load_commit ORDER BY subject;
TRUNCATE facts;

-- Targets: what is loaded is compared with what is there.
CREATE TABLE big (id int, v int);
CREATE INDEX big_v ON big (v);
CREATE TABLE parent (id int PRIMARY KEY);
ALTER TABLE big ADD CONSTRAINT big_parent FOREIGN KEY (v) REFERENCES parent;
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER row_trigger BEFORE INSERT ON big FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE OR REPLACE FUNCTION perfext.live_rows(relid oid) RETURNS float8 LANGUAGE sql AS 'SELECT 100000::float8';
SELECT load('big', 'copy', 'stdin', 1, 90000, 1000, 1, 1, '{"has_row_trigger": true, "fk_time": 500, "foreign_key_count": 1}');
SELECT * FROM said();
SELECT kind, action FROM perfext.rule_load_indexes UNION ALL SELECT kind, action FROM perfext.rule_load_foreign_keys
UNION ALL SELECT kind, action FROM perfext.rule_copy_row_trigger;
-- An append; a disabled trigger; foreign keys that take little.
TRUNCATE facts;
ALTER TABLE big DISABLE TRIGGER row_trigger;
SELECT load('big', 'copy', 'stdin', 5, 20000, 1000, 1, 1, '{"has_row_trigger": true, "fk_time": 500, "foreign_key_count": 1}');
SELECT load('big', 'insert_select', 'plain', 1, 90000, 1000, 1, 1, '{"fk_time": 50}');
SELECT kind FROM said();
-- Indexes that are there now and were not while the rows came.
TRUNCATE facts;
SELECT load('big', 'copy', 'stdin', 1, 90000, 1000, 1, 1, '{"index_count": 0}');
SELECT kind FROM said();
-- Filled anew each time. Not: unlogged, once only, with a key that a result has.
TRUNCATE facts;
CREATE TABLE staging (id int);
CREATE UNLOGGED TABLE unlogged (id int);
CREATE TABLE snapshot (id int PRIMARY KEY);
SELECT load(t, 'copy', 'stdin', 3, 300000, 1000000, 1, 1), load(t, 'truncate', 'plain', n, 0, 1, 0, 0.1, '{"rows": null}')
FROM (VALUES ('staging', 3), ('unlogged', 3), ('snapshot', 3), ('big', 1)) AS v(t, n);
SELECT * FROM said() WHERE kind = 'staging_unlogged';
-- Index builds, and updates of everything.
TRUNCATE facts;
SELECT load('big', 'create_index', 'plain', 1, 0, 1000, 0, 0.1, '{"rows": null, "temp_bytes": 200000000}');
SELECT load('staging', 'create_index', 'plain', 1, 0, 1000, 0, 0.1, '{"rows": null, "temp_bytes": 1000000}');
SELECT kind, subject FROM said();
SET client_min_messages = warning;
DROP EXTENSION perfext CASCADE;
DROP SCHEMA perfext_etl CASCADE;
RESET search_path;
CREATE EXTENSION perfext;
