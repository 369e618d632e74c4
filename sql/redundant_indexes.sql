-- Indexes that serve nothing of their own: every reason, and what looks like one and is
-- none. Ages are asked for with 0, sizes and times are not printed.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_redundant;
SET search_path = perfext_redundant;
-- What is found in this schema: whatever its age, and what is no question of age.
CREATE VIEW found AS
SELECT relname, indexrelname, reason, covered_by, ddl
FROM perfext.redundant_indexes(interval '0')
WHERE schemaname LIKE 'perfext_redundant%'
ORDER BY relname COLLATE "C", indexrelname COLLATE "C";
CREATE VIEW same AS
SELECT relname, indexrelname, reason, covered_by, ddl
FROM perfext.redundant_indexes
WHERE schemaname LIKE 'perfext_redundant%' AND reason IN ('duplicate', 'prefix_of')
ORDER BY relname COLLATE "C", indexrelname COLLATE "C";
CREATE VIEW unused AS SELECT relname, indexrelname, ddl FROM found WHERE reason = 'unused';
-- Counters are exact from here on.
CREATE FUNCTION counted() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_stat_force_next_flush();
    PERFORM pg_stat_clear_snapshot();
END
$$;

--
-- Duplicates
--
-- Three equals: the oldest stays.
CREATE TABLE d1 (a int, b int, c text);
CREATE INDEX d1_first ON d1 (a, b);
CREATE INDEX d1_second ON d1 (a, b);
CREATE INDEX d1_third ON d1 USING btree (a int4_ops ASC, b NULLS LAST) WITH (fillfactor = 70);
-- The constraint stays, of two constraints the primary key. A foreign key holds its index.
CREATE TABLE d2 (id int PRIMARY KEY, n int CONSTRAINT d2_n UNIQUE, m int);
CREATE INDEX d2_id ON d2 (id);
CREATE UNIQUE INDEX d2_id_unique ON d2 (id);
ALTER TABLE d2 ADD CONSTRAINT d2_id_again UNIQUE (id);
CREATE UNIQUE INDEX d2_n_unique ON d2 (n);
CREATE UNIQUE INDEX d2_m ON d2 (m);
CREATE TABLE d2_child (m int REFERENCES d2 (m));
ALTER TABLE d2 ADD CONSTRAINT d2_m_constraint UNIQUE (m);
-- A unique index is no duplicate of one that is not, of one that takes NULLs for equal
-- or of one that looks at the end of the transaction only.
CREATE TABLE d3 (a int, b int, c int);
CREATE UNIQUE INDEX d3_a_unique ON d3 (a);
CREATE INDEX d3_a ON d3 (a);
CREATE UNIQUE INDEX d3_b ON d3 (b);
CREATE UNIQUE INDEX d3_b_nulls ON d3 (b) NULLS NOT DISTINCT;
ALTER TABLE d3 ADD CONSTRAINT d3_b_distinct UNIQUE (b);
CREATE UNIQUE INDEX d3_c ON d3 (c);
ALTER TABLE d3 ADD CONSTRAINT d3_c_late UNIQUE (c) DEFERRABLE;
-- The replica identity stays, and so does what the table is clustered by.
CREATE TABLE d4 (a int NOT NULL, b int);
CREATE UNIQUE INDEX d4_a ON d4 (a);
CREATE UNIQUE INDEX d4_a_identity ON d4 (a);
ALTER TABLE d4 REPLICA IDENTITY USING INDEX d4_a_identity;
CREATE INDEX d4_b ON d4 (b);
CREATE INDEX d4_b_cluster ON d4 (b);
ALTER TABLE d4 CLUSTER ON d4_b_cluster;
-- Nor is the one that is used dropped for one that is not.
CREATE TABLE d5 (a int) WITH (autovacuum_enabled = off);
INSERT INTO d5 SELECT generate_series(1, 1000);
CREATE INDEX d5_idle ON d5 (a);
CREATE INDEX d5_busy ON d5 (a);
ANALYZE d5;
BEGIN;
DROP INDEX d5_idle;
SET LOCAL enable_seqscan = off;
SELECT count(*) FROM d5 WHERE a = 5;
SELECT counted();
ROLLBACK;
SELECT counted();
-- Different in access method, column, operator class, collation, order, condition,
-- expression, included columns, options of the access method: no duplicates.
CREATE TABLE d6 (a int, b int, t text, v int4range, s text);
CREATE INDEX d6_1 ON d6 (a);
CREATE INDEX d6_2 ON d6 USING hash (a);
CREATE INDEX d6_3 ON d6 (b);
CREATE INDEX d6_4 ON d6 (a DESC);
CREATE INDEX d6_5 ON d6 (a NULLS FIRST);
CREATE INDEX d6_6 ON d6 (t);
CREATE INDEX d6_7 ON d6 (t text_pattern_ops);
CREATE INDEX d6_8 ON d6 (t COLLATE "C");
CREATE INDEX d6_9 ON d6 (a) WHERE b = 1;
CREATE INDEX d6_10 ON d6 (a) WHERE b = 2;
CREATE INDEX d6_11 ON d6 (lower(t));
CREATE INDEX d6_12 ON d6 (upper(t));
CREATE INDEX d6_13 ON d6 USING brin (a);
CREATE INDEX d6_14 ON d6 USING brin (a) WITH (pages_per_range = 8);
CREATE INDEX d6_15 ON d6 (s) INCLUDE (a);
CREATE INDEX d6_16 ON d6 (s) INCLUDE (b);
CREATE INDEX d6_17 ON d6 USING gist (v);
CREATE INDEX d6_18 ON d6 USING spgist (v);
CREATE INDEX d6_19 ON d6 USING gist (to_tsvector('simple', t) tsvector_ops (siglen = 100));
CREATE INDEX d6_20 ON d6 USING gist (to_tsvector('simple', t) tsvector_ops (siglen = 200));
-- The same in all of them, however it was written.
CREATE TABLE d7 (a int, b int, t text, v int4range);
CREATE INDEX d7_hash_1 ON d7 USING hash (a);
CREATE INDEX d7_hash_2 ON d7 USING hash (a);
CREATE INDEX d7_part_1 ON d7 (a) WHERE b = 1 AND t = 'x';
CREATE INDEX d7_part_2 ON d7 (a)     WHERE    ((b) = (1)) AND t = 'x'::text;
CREATE INDEX d7_expr_1 ON d7 (lower(t), a);
CREATE INDEX d7_expr_2 ON d7 (   lower  (  t  ) , a);
CREATE INDEX d7_incl_1 ON d7 (b) INCLUDE (a, t);
CREATE INDEX d7_incl_2 ON d7 (b) INCLUDE (t, a);
CREATE INDEX d7_gist_1 ON d7 USING gist (v);
CREATE INDEX d7_gist_2 ON d7 USING gist (v);
CREATE INDEX d7_brin_1 ON d7 USING brin (a) WITH (pages_per_range = 8);
CREATE INDEX d7_brin_2 ON d7 USING brin (a) WITH (pages_per_range = 8);
SELECT relname, indexrelname, reason, covered_by FROM same;

-- What they say: the command that drops, the one that creates again, and what to know.
SELECT indexrelname, ddl, definition, advice, index_size_bytes > 0 AS size, covered_by_size_bytes > 0 AS covered_by_size,
       idx_scan, last_idx_scan IS NULL AS never, since < now() AS since
FROM perfext.redundant_indexes() WHERE schemaname = 'perfext_redundant' AND indexrelname IN ('d1_second', 'd2_id_again', 'd7_expr_2')
ORDER BY 1;
-- Without them, nothing is left; none was needed by anything.
SELECT replace(ddl, 'CONCURRENTLY ', '') FROM same \gexec
SELECT relname, indexrelname, reason, covered_by FROM same;
DROP TABLE d1, d2, d2_child, d3, d4, d5, d6, d7;

--
-- Prefixes
--
CREATE TABLE p1 (a int, b int, c int, t text);
CREATE INDEX p1_a ON p1 (a);
CREATE INDEX p1_ab ON p1 (a, b);
-- Both are covered by the one that stays.
CREATE INDEX p1_abc ON p1 (a, b, c);
-- Included columns must be in the other index somewhere.
CREATE INDEX p1_a_incl_c ON p1 (a) INCLUDE (c);
CREATE INDEX p1_a_incl_t ON p1 (a) INCLUDE (t);
CREATE INDEX p1_c ON p1 (c);
CREATE INDEX p1_c_incl ON p1 (c) INCLUDE (b);
-- Expressions
CREATE INDEX p1_lower ON p1 (lower(t));
CREATE INDEX p1_upper ON p1 (upper(t));
CREATE INDEX p1_lower_upper ON p1 (lower(t), upper(t));
CREATE INDEX p1_lower_upper_b ON p1 (lower(t), upper(t), b);
CREATE INDEX p1_length ON p1 (length(t));
CREATE INDEX p1_length_a ON p1 (length(t) DESC, a);
-- A unique index and a primary key cover, but are not covered.
CREATE TABLE p2 (a int, b int, c int, PRIMARY KEY (a, b));
CREATE INDEX p2_a ON p2 (a);
CREATE UNIQUE INDEX p2_b ON p2 (b);
CREATE INDEX p2_bc ON p2 (b, c);
CREATE UNIQUE INDEX p2_cb ON p2 (c, b);
CREATE INDEX p2_c ON p2 (c);
-- Not a prefix: other order, direction, class, collation, condition, method, an invalid or
-- partial other index; nor one that the table is clustered by.
CREATE TABLE p3 (a int, b int, t text, u text, g int4range, h int4range);
CREATE INDEX p3_b ON p3 (b);
CREATE INDEX p3_ab ON p3 (a DESC, b);
CREATE INDEX p3_a ON p3 (a);
CREATE INDEX p3_t ON p3 (t);
CREATE INDEX p3_t_pattern ON p3 (t text_pattern_ops, a);
CREATE INDEX p3_t_c ON p3 (t COLLATE "C", b);
CREATE INDEX p3_u ON p3 (u);
CREATE INDEX p3_u_part ON p3 (u, a) WHERE a > 0;
CREATE INDEX p3_u_part_2 ON p3 (u) WHERE a > 1;
CREATE INDEX p3_g ON p3 USING gist (g);
CREATE INDEX p3_gh ON p3 USING gist (g, h);
CREATE TABLE p4 (a int, b int);
CREATE INDEX p4_a ON p4 (a);
CREATE INDEX p4_ab ON p4 (a, b);
ALTER TABLE p4 CLUSTER ON p4_a;
-- The same condition
CREATE TABLE p5 (a int, b int);
CREATE INDEX p5_a ON p5 (a) WHERE b > 0;
CREATE INDEX p5_ab ON p5 (a, b) WHERE b > 0;
-- Two equals and a longer one: one stays.
CREATE TABLE p6 (a int, b int);
CREATE INDEX p6_a1 ON p6 (a);
CREATE INDEX p6_a2 ON p6 (a);
CREATE INDEX p6_ab ON p6 (a, b);
SELECT relname, indexrelname, reason, covered_by FROM same;
SELECT ddl, advice FROM perfext.redundant_indexes() WHERE indexrelid = 'p2_a'::regclass;
-- A much larger one that covers is mentioned.
CREATE TABLE p7 (a int, t text) WITH (autovacuum_enabled = off);
INSERT INTO p7 SELECT i, 'x' FROM generate_series(1, 60000) i;
CREATE INDEX p7_a ON p7 (a);
CREATE INDEX p7_at ON p7 (a, t) WITH (fillfactor = 10);
SELECT covered_by_size_bytes > 3 * index_size_bytes AS larger, regexp_replace(advice, '\d+ times', 'N times') AS advice
FROM perfext.redundant_indexes() WHERE indexrelid = 'p7_a'::regclass;
SELECT replace(ddl, 'CONCURRENTLY ', '') FROM same \gexec
SELECT relname, indexrelname, reason, covered_by FROM same;
DROP TABLE p1, p2, p3, p4, p5, p6, p7;

--
-- Unused
--
CREATE TABLE u1 (id int PRIMARY KEY, a int, b int, c int, d int4range, e text, f int, EXCLUDE USING gist (d WITH &&));
CREATE UNIQUE INDEX u1_unique ON u1 (b);
CREATE INDEX u1_id ON u1 (id);
CREATE INDEX u1_a ON u1 (a);
CREATE INDEX u1_partial ON u1 (c) WHERE c > 0;
CREATE INDEX u1_expression ON u1 (lower(e));
CREATE INDEX u1_cluster ON u1 (f);
ALTER TABLE u1 CLUSTER ON u1_cluster;
-- Never touched: what would be used is not known.
SELECT counted();
SELECT * FROM unused;
INSERT INTO u1 SELECT i, i, i, i FROM generate_series(1, 1000) i;
SELECT counted();
SELECT * FROM unused;
-- The expression's statistics are thought of.
SELECT indexrelname, advice ~ 'statistics on its expressions' AS statistics, covered_by, index_writes
FROM perfext.redundant_indexes('0') WHERE reason = 'unused' AND schemaname = 'perfext_redundant' ORDER BY 1;
-- One reason is enough.
SELECT reason FROM found WHERE indexrelname = 'u1_id';
-- Not old enough: in the view, only after a week.
SELECT indexrelname, reason FROM perfext.redundant_indexes WHERE schemaname = 'perfext_redundant';
SELECT indexrelname, reason FROM perfext.redundant_indexes('1 hour') WHERE schemaname = 'perfext_redundant';
SELECT indexrelname, reason FROM perfext.redundant_indexes(NULL) WHERE schemaname = 'perfext_redundant';
-- perfext has seen that it was created later than the statistics begin; with a reset they begin.
SELECT since > (SELECT stats_reset FROM pg_stat_archiver) AS later FROM perfext.redundant_indexes('0') WHERE indexrelid = 'u1_a'::regclass;
SELECT pg_stat_reset_single_table_counters('u1_a'::regclass);
SELECT r.since = d.stats_reset AS reset FROM perfext.redundant_indexes('0') r, pg_stat_database d
WHERE indexrelid = 'u1_partial'::regclass AND d.datname = current_database();
-- A scan, and it is used.
SET enable_seqscan = off;
SELECT count(*) FROM u1 WHERE a = 7;
RESET enable_seqscan;
SELECT counted();
SELECT indexrelname FROM unused;
-- Updates that need no entry in the index are not counted as writes.
CREATE TABLE u2 (id int, a int) WITH (fillfactor = 20);
CREATE INDEX u2_id ON u2 (id);
INSERT INTO u2 SELECT i, i FROM generate_series(1, 100) i;
UPDATE u2 SET a = 1;
UPDATE u2 SET id = -id WHERE id + a <= 51;
SELECT counted();
SELECT index_writes, round(hot_update_ratio::numeric, 2) AS hot FROM perfext.redundant_indexes('0') WHERE indexrelid = 'u2_id'::regclass;

-- Foreign keys: an index that the checks need stays, in whatever order, and partial
-- if NULL is all it leaves out; two that are not used, too; but none where another is in use.
CREATE TABLE u3 (x int, y int, PRIMARY KEY (x, y));
CREATE TABLE u3_child (x int, y int, z int, w int, FOREIGN KEY (x, y) REFERENCES u3);
CREATE INDEX u3_child_yx ON u3_child (y, x, z);
CREATE INDEX u3_child_yx_too ON u3_child (y, x);
CREATE INDEX u3_child_xzy ON u3_child (x, z, y);
CREATE INDEX u3_child_x_incl ON u3_child (x) INCLUDE (y);
CREATE TABLE u3_partial (x int, y int, FOREIGN KEY (x, y) REFERENCES u3, n int UNIQUE, o int REFERENCES u3_partial (n), p int REFERENCES u3_partial (n));
CREATE INDEX u3_partial_o ON u3_partial (o) WHERE o IS NOT NULL;
CREATE INDEX u3_partial_p ON u3_partial (p) WHERE p > 5;
INSERT INTO u3 SELECT i, i FROM generate_series(1, 1000) i;
INSERT INTO u3_child SELECT i, i, i, i FROM generate_series(1, 1000) i;
INSERT INTO u3_partial VALUES (1, 1, 1, 1, 1);
SELECT counted();
SELECT relname, indexrelname FROM unused WHERE relname LIKE 'u3%';
CREATE INDEX u3_child_xy ON u3_child (x, y);
ANALYZE u3, u3_child;
SET enable_seqscan = off;
SELECT count(*) FROM u3_child WHERE x = 8 AND y = 8;
RESET enable_seqscan;
SELECT counted();
SELECT relname, indexrelname FROM unused WHERE relname = 'u3_child';

-- The one that is used stays, also where an unused one could do its work.
CREATE TABLE u4 (a int, b int, c int);
CREATE INDEX u4_a ON u4 (a);
INSERT INTO u4 SELECT i, i, i FROM generate_series(1, 1000) i;
ANALYZE u4;
SET enable_seqscan = off;
SELECT count(*) FROM u4 WHERE a = 7;
RESET enable_seqscan;
CREATE INDEX u4_ab ON u4 (a, b);
SELECT counted();
SELECT indexrelname, reason, covered_by FROM found WHERE relname = 'u4';
-- If neither is used, both can go.
SELECT pg_stat_reset_single_table_counters('u4_a'::regclass);
SELECT indexrelname, reason, covered_by FROM found WHERE relname = 'u4';
-- The age decides between the two ways to see it.
SELECT indexrelname, reason, covered_by FROM perfext.redundant_indexes() WHERE relid = 'u4'::regclass;
DROP TABLE u1, u2, u3, u3_child, u3_partial, u4;

--
-- Partitioned tables: an index is one with those of its partitions
--
CREATE TABLE r1 (a int, b int, c int) PARTITION BY RANGE (a);
CREATE TABLE r1_1 PARTITION OF r1 FOR VALUES FROM (0) TO (1000);
CREATE TABLE r1_2 PARTITION OF r1 FOR VALUES FROM (1000) TO (3000) PARTITION BY RANGE (a);
CREATE TABLE r1_2_1 PARTITION OF r1_2 FOR VALUES FROM (1000) TO (2000);
CREATE TABLE r1_2_2 PARTITION OF r1_2 FOR VALUES FROM (2000) TO (3000);
CREATE INDEX r1_b ON r1 (b);
CREATE INDEX r1_c ON r1 (c);
INSERT INTO r1 SELECT i, i, i FROM generate_series(0, 2999) i;
ANALYZE r1;
SELECT counted();
SELECT * FROM unused;
SELECT r.index_size_bytes = (SELECT sum(pg_relation_size(indexrelid)) FROM pg_stat_all_indexes WHERE indexrelname ~ '^r1_.*b_idx$' AND schemaname = r.schemaname) AS size,
       r.index_writes, r.advice ~ 'indexes of all partitions' AS advice
FROM perfext.redundant_indexes('0') r WHERE r.indexrelid = 'r1_b'::regclass;
-- One partition's is used.
SET enable_seqscan = off;
SELECT count(*) FROM r1_2_2 WHERE b = 2007;
RESET enable_seqscan;
SELECT counted();
SELECT * FROM unused;
-- Duplicates and prefixes, of the whole, and of a partition alone, which yields.
CREATE INDEX r1_bc ON r1 (b, c);
CREATE INDEX r1_bc_again ON r1 (b, c);
CREATE INDEX r1_1_own ON r1_1 (b, c);
CREATE INDEX r1_1_own_a ON r1_1 (a, b);
CREATE INDEX r1_1_own_a_prefix ON r1_1 (a);
SELECT relname, indexrelname, reason, covered_by, ddl, pg_relation_size(covered_by::regclass) = covered_by_size_bytes AS size
FROM perfext.redundant_indexes() WHERE schemaname = 'perfext_redundant' ORDER BY relname COLLATE "C", indexrelname COLLATE "C";
SELECT replace(ddl, 'CONCURRENTLY ', '') FROM perfext.redundant_indexes() WHERE schemaname = 'perfext_redundant' \gexec
SELECT count(*) AS left_over FROM perfext.redundant_indexes() WHERE schemaname = 'perfext_redundant';
-- An index that is being put together from those of partitions is not one that failed.
CREATE INDEX r1_a ON ONLY r1 (a, c);
SELECT indisvalid FROM pg_index WHERE indexrelid = 'r1_a'::regclass;
SELECT * FROM found WHERE indexrelname = 'r1_a';
CREATE INDEX r1_1_ac ON r1_1 (a, c);
ALTER INDEX r1_a ATTACH PARTITION r1_1_ac;
SELECT * FROM found WHERE indexrelname IN ('r1_a', 'r1_1_ac');
DROP TABLE r1;

--
-- Invalid
--
CREATE TABLE i1 (a int, b int);
INSERT INTO i1 VALUES (1, 1), (1, 2);
\set VERBOSITY terse
CREATE UNIQUE INDEX CONCURRENTLY i1_a ON i1 (a);
\set VERBOSITY default
-- It covers nothing, and nothing covers it.
CREATE INDEX i1_a_good ON i1 (a);
CREATE INDEX i1_b_good ON i1 (b);
CREATE INDEX i1_b ON i1 (b);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i1_b'::regclass;
SELECT indexrelname, reason, covered_by, ddl, advice FROM perfext.redundant_indexes() WHERE relid = 'i1'::regclass ORDER BY 1;
SELECT ddl FROM found WHERE relname = 'i1' AND reason = 'invalid' \gexec
SELECT count(*) AS left_over FROM perfext.redundant_indexes() WHERE relid = 'i1'::regclass;
DROP TABLE i1;

--
-- Who asks, and for what
--
-- Hostile names
CREATE SCHEMA "perfext_redundant ""; DROP TABLE x; --";
CREATE TABLE "perfext_redundant ""; DROP TABLE x; --"."t'; %s
new" ("a\ b" int);
CREATE INDEX "i""; %I --
1" ON "perfext_redundant ""; DROP TABLE x; --"."t'; %s
new" ("a\ b");
CREATE INDEX "i""; %I --
2" ON "perfext_redundant ""; DROP TABLE x; --"."t'; %s
new" ("a\ b");
SELECT * FROM same;
SELECT replace(ddl, 'CONCURRENTLY ', '') FROM same \gexec
SELECT count(*) AS left_over FROM same;
-- Temporary tables, the server's and extensions' own are nobody's business.
CREATE TEMPORARY TABLE t1 (a int);
CREATE INDEX t1_1 ON t1 (a);
CREATE INDEX t1_2 ON t1 (a);
SELECT count(*) AS temporary FROM perfext.redundant_indexes('0') WHERE relname = 't1';
SELECT count(*) AS system FROM perfext.redundant_indexes('0') WHERE schemaname IN ('pg_catalog', 'information_schema', 'pg_toast', 'perfext');
CREATE TABLE of_extension (a int);
CREATE INDEX of_extension_1 ON of_extension (a);
CREATE INDEX of_extension_2 ON of_extension (a);
SELECT indexrelname FROM same;
ALTER EXTENSION perfext ADD TABLE of_extension;
SELECT indexrelname FROM same;
ALTER EXTENSION perfext DROP TABLE of_extension;
-- Everyone may ask, and sees the same; a search_path cannot lead it astray.
CREATE ROLE regress_perfext_redundant;
GRANT USAGE ON SCHEMA perfext_redundant TO regress_perfext_redundant;
CREATE TABLE public.pg_index (broken int);
SET ROLE regress_perfext_redundant;
SET search_path = public, pg_catalog;
SELECT indexrelname, reason, covered_by, ddl, index_size_bytes > 0 AS size FROM perfext.redundant_indexes WHERE schemaname = 'perfext_redundant';
RESET ROLE;
SET search_path = perfext_redundant;
DROP TABLE public.pg_index;
REVOKE USAGE ON SCHEMA perfext_redundant FROM regress_perfext_redundant;
DROP ROLE regress_perfext_redundant;
DROP TABLE of_extension;

--
-- The rule: what is worth a person's time
--
CREATE VIEW recommended AS
SELECT id, severity, subject, regexp_replace(summary, '\d+ [kM]B', 'N MB') AS summary, action, impact_ratio, expected_gain_ratio, confidence, evidence
FROM perfext.recommendations WHERE kind = 'redundant_index' AND evidence->>'table' LIKE 'perfext_redundant%';
CREATE TABLE "re commended" (a int, b int) WITH (autovacuum_enabled = off);
INSERT INTO "re commended" SELECT i, i FROM generate_series(1, 1000) i;
CREATE INDEX small_1 ON "re commended" USING brin (a);
CREATE INDEX small_2 ON "re commended" USING brin (a);
SELECT counted();
SELECT count(*) AS not_worth_it FROM recommended;
DROP INDEX small_2;
-- Large ones
INSERT INTO "re commended" SELECT i, i FROM generate_series(1, 70000) i;
CREATE INDEX "large
1" ON "re commended" (b);
CREATE INDEX "large
2" ON "re commended" (b) WITH (fillfactor = 10);
SELECT counted();
SELECT id ~ '^redundant_index-[0-9a-f]{10}$' AS id, severity, subject, regexp_replace(summary, '\d{4}-[\d-]+', 'D') AS summary, action,
       impact_ratio, expected_gain_ratio, confidence
FROM recommended;
SELECT key, CASE WHEN key IN ('database', 'since', 'index_size_bytes', 'covered_by_size_bytes') THEN 'depends' ELSE value::text END
FROM recommended, jsonb_each(evidence);
-- Statements that perfext has seen using one are named, so that one can look at them.
DROP INDEX "large
1";
CREATE INDEX longer ON "re commended" (b, a);
SET enable_seqscan = off;
SET enable_bitmapscan = off;
ALTER INDEX "large
2" RENAME TO larger;
SET perfext.node_timing = 'all';
BEGIN;
DROP INDEX longer;
SELECT count(*) FROM "re commended" WHERE b BETWEEN 5 AND 7 AND a > 0;
ROLLBACK;
RESET enable_seqscan;
RESET enable_bitmapscan;
SELECT r.subject, (SELECT string_agg(DISTINCT s.query, E'\n') FROM perfext.statements s, jsonb_array_elements(r.evidence->'queryids') q
                   WHERE s.queryid = q::text::bigint) AS statements
FROM recommended r;
-- What is unused by the server's counters, but was used when perfext looked, is left alone.
DROP INDEX longer;
CREATE INDEX larger_2 ON "re commended" (b, a) WITH (fillfactor = 10);
-- the scan above, which may not have been reported yet
SELECT pg_stat_force_next_flush();
SELECT pg_stat_reset_single_table_counters('larger'::regclass);
SELECT indexrelname, reason FROM found WHERE relname = 're commended' AND indexrelname LIKE 'large%';
BEGIN;
CREATE OR REPLACE VIEW perfext.redundant_indexes AS SELECT * FROM perfext.redundant_indexes('0');
SELECT subject, severity, confidence, regexp_replace(summary, '\d{4}-[\d-]+', 'D', 'g') AS summary, action FROM recommended;
ROLLBACK;
DROP INDEX larger, larger_2;
-- Small ones of a table that is written often.
CREATE INDEX small_2 ON "re commended" USING brin (a);
SELECT count(*) AS not_worth_it FROM recommended;
INSERT INTO "re commended" SELECT i, i FROM generate_series(1, 930000) i;
SELECT counted();
SELECT subject, regexp_replace(summary, '[\d.]+ (million|kB)|\d{4}-[\d-]+', 'N\1', 'g') AS summary FROM recommended;
DROP TABLE "re commended";
-- Invalid ones, of any size.
CREATE TABLE i2 (a int);
INSERT INTO i2 VALUES (1), (1);
\set VERBOSITY terse
CREATE UNIQUE INDEX CONCURRENTLY i2_a ON i2 (a);
\set VERBOSITY default
SELECT severity, subject, summary, action, confidence FROM recommended;

RESET search_path;
DROP SCHEMA "perfext_redundant ""; DROP TABLE x; --" CASCADE;
DROP SCHEMA perfext_redundant CASCADE;
