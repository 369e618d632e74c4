-- Statistics for indexes, sampled from the table: for recorded expressions and for what GIN would hold.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_index_statistics;
SET search_path = perfext_index_statistics;
SET perfext.node_timing = 'all';
SELECT perfext.reset() IS NOT NULL AS reset;
CREATE TABLE t (id int, email text, "Odd Name" text[], j jsonb, v tsvector, ts timestamp, plain int) WITH (autovacuum_enabled = off);
INSERT INTO t SELECT g, 'User' || g % 3000, ARRAY['a' || g % 10, 'b' || g % 500], jsonb_build_object('kind', 'k' || g % 7, 'n', g % 1000),
    to_tsvector('simple', 'same word' || g % 200), timestamp '2024-01-01' + g * interval '1 hour', g
FROM generate_series(1, 20000) g;
ANALYZE t;
CREATE FUNCTION own(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE WARNING 'called'; RETURN $1; END $$;
RESET client_min_messages;
-- What queries compare is recorded.
SELECT count(*) FROM t WHERE lower(email) = 'user7';
SELECT count(*) FROM t WHERE ts::date = '2024-02-01';

-- The whole table as the sample: the truth.
SELECT expression, kind, n_distinct, round(keys_per_row::numeric, 2) AS keys_per_row, avg_width BETWEEN 2 AND 20 AS width, ddl
FROM perfext.sample_index_statistics('t') WHERE kind <> 'trigrams';
-- A part of it: near the truth, whose order of magnitude is what matters.
SELECT expression, kind, n_distinct BETWEEN 0.5 * truth AND 2 * truth AS near
FROM perfext.sample_index_statistics('t', 5000)
JOIN (VALUES ('lower(email)', 3000), ('((ts)::date)', 834), ('"Odd Name"', 510), ('j', 1009), ('v', 201)) AS known(expression, truth) USING (expression);
-- The DDL is sound, and the statistics are what they promise.
SELECT ddl AS first_ddl FROM perfext.sample_index_statistics('t') WHERE expression = 'lower(email)' \gset
:first_ddl;
SELECT expr, n_distinct FROM pg_stats_ext_exprs WHERE tablename = 't' AND schemaname = 'perfext_index_statistics';
-- A small table, an empty one.
CREATE TABLE tiny AS SELECT ARRAY[1, 2, 2] AS a;
SELECT expression, kind, n_distinct, keys_per_row FROM perfext.sample_index_statistics('tiny');
TRUNCATE tiny;
SELECT count(*) FROM perfext.sample_index_statistics('tiny');

-- Only functions of the server itself are called for texts that were recorded: here nobody warns.
SELECT perfext.check_index_key('t', 'perfext_index_statistics.own(id)');
SELECT perfext.check_index_key('t', '(perfext_index_statistics.own(1) + id)');
SELECT perfext.check_index_key('t', '(random() + id)');
SELECT perfext.check_index_key('t', 'id');
SELECT perfext.check_index_key('t', '1');
SELECT perfext.check_index_key('t', 'lower(email)), (upper(email)');
SELECT perfext.check_index_key('t', 'lower(email)); DROP TABLE t; SELECT (1');
SELECT perfext.check_index_key('t', '(SELECT 1)');
SELECT perfext.check_index_key('t', 'lower(email)') IS NOT NULL AS passes;

-- Bad arguments, and rights.
SELECT * FROM perfext.sample_index_statistics('t', 0);
SELECT * FROM perfext.sample_index_statistics(NULL);
CREATE ROLE regress_perfext_statistics;
GRANT USAGE ON SCHEMA perfext_index_statistics TO regress_perfext_statistics;
SET ROLE regress_perfext_statistics;
SELECT * FROM perfext.sample_index_statistics('t');
RESET ROLE;
GRANT EXECUTE ON FUNCTION perfext.sample_index_statistics(regclass, int), perfext.check_index_key(regclass, text) TO regress_perfext_statistics;
SET ROLE regress_perfext_statistics;
\set VERBOSITY terse
SELECT * FROM perfext.sample_index_statistics('t');
\set VERBOSITY default
RESET ROLE;
GRANT SELECT ON t TO regress_perfext_statistics;
SET ROLE regress_perfext_statistics;
-- Expressions of others' statements are not theirs to see.
SELECT expression FROM perfext.sample_index_statistics('t') WHERE kind <> 'trigrams';
RESET ROLE;
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
SET ROLE regress_perfext_statistics;
\set VERBOSITY terse
SELECT * FROM perfext.sample_index_statistics('t');
\set VERBOSITY default
RESET ROLE;
SET client_min_messages = warning;
REVOKE ALL ON FUNCTION perfext.sample_index_statistics(regclass, int), perfext.check_index_key(regclass, text) FROM regress_perfext_statistics;
DROP SCHEMA perfext_index_statistics CASCADE;
DROP ROLE regress_perfext_statistics;
