# Planning a statement again with indexes that do not exist changes nothing that
# anybody can see: each piece of work is done without it (perfext.what_if_target
# = 0) and with it, and both must say the same.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $version = server_version();
my $parallel = $version >= 16 ? 'debug_parallel_query' : 'force_parallel_mode';
my $functions = 'the statement calls functions that planning would run twice';
my $foreign = 'the statement reads a foreign table';

my $node = perfext_node(
	'main',
	init => { extra => [ '--encoding=UTF8', '--locale=C' ] },
	conf => <<'END');
max_prepared_transactions = 5
END
look($node, <<'END');
CREATE TABLE t (id int PRIMARY KEY, a int, b int, c text);
INSERT INTO t SELECT i, i % 1000, i % 7, repeat('x', 20) FROM generate_series(1, 30000) i;
VACUUM ANALYZE t;
CREATE FUNCTION says(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
  $$ BEGIN RAISE WARNING 'immutable %', i; RETURN i; END $$;
CREATE FUNCTION says_stable(i int) RETURNS int LANGUAGE plpgsql STABLE AS
  $$ BEGIN RAISE WARNING 'stable %', i; RETURN i; END $$;
CREATE FUNCTION says_sql(i int) RETURNS int LANGUAGE sql STABLE AS 'SELECT says(3) + i';
CREATE FUNCTION says_volatile(i int) RETURNS int LANGUAGE plpgsql AS
  $$ BEGIN RAISE WARNING 'volatile %', i; RETURN i; END $$;
END

# Does the same without what-if and with it, on this server.
sub same
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;

	return same_with_what_if($node, @_);
}

# ---- functions that speak ----

for my $case (
	[ 'immutable function', '', often('SELECT count(*) AS marker FROM t WHERE a = says(5)') ],
	[ 'stable function', '', often('SELECT count(*) AS marker FROM t WHERE a = says_stable(5)') ],
	[
		'inlined function', '', often('SELECT count(*) AS marker FROM t WHERE a = says_sql(5)')
	],
	[
		'view',
		'DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT * FROM t WHERE a <> says(5)',
		often('SELECT count(*) AS marker FROM v WHERE b = 3')
	],
	[
		'default',
		'DROP TABLE IF EXISTS d; CREATE TABLE d (n bigint, s int DEFAULT says(6))',
		often('INSERT INTO d (n) SELECT count(*) AS marker FROM t WHERE a = 4')
	],
	[
		'policy', <<'END',
DROP TABLE IF EXISTS p;
CREATE TABLE p AS TABLE t;
ALTER TABLE p ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY q ON p USING (a < says(1000));
DROP ROLE IF EXISTS reader;
CREATE ROLE reader;
GRANT SELECT ON p TO reader;
ANALYZE p;
END
		'SET ROLE reader;' . often('SELECT count(*) AS marker FROM p WHERE b = 3')
	],
	[
		'check constraint', <<'END',
DROP TABLE IF EXISTS parent CASCADE;
CREATE TABLE parent (a int, b int);
CREATE TABLE child (CHECK (a < says(100000))) INHERITS (parent);
INSERT INTO child SELECT i, i FROM generate_series(1, 30000) i;
ANALYZE parent, child;
END
		often('SELECT count(*) AS marker FROM parent WHERE a = 5 AND b = 5')
	],
	[
		'statistics expression', <<'END',
DROP TABLE IF EXISTS s;
CREATE TABLE s AS SELECT i AS a, i % 100 AS b FROM generate_series(1, 30000) i;
CREATE STATISTICS stats ON (a + says(1)), b FROM s;
ANALYZE s;
END
		often('SELECT count(*) AS marker FROM s WHERE a = 5')
	],
	[
		'partition key', <<'END',
DROP TABLE IF EXISTS parted;
DROP OPERATOR CLASS IF EXISTS speaking USING hash;
DROP FUNCTION IF EXISTS hash_speaking;
CREATE FUNCTION hash_speaking(i int, seed bigint) RETURNS bigint LANGUAGE plpgsql
  IMMUTABLE STRICT AS $$ BEGIN RAISE WARNING 'hash'; RETURN i + seed; END $$;
CREATE OPERATOR CLASS speaking FOR TYPE int USING hash AS
  OPERATOR 1 =, FUNCTION 2 hash_speaking(int, bigint);
CREATE TABLE parted (a int, b int) PARTITION BY HASH (a speaking);
CREATE TABLE parted_0 PARTITION OF parted FOR VALUES WITH (MODULUS 1, REMAINDER 0);
SET client_min_messages = error;
INSERT INTO parted_0 SELECT i, i FROM generate_series(1, 30000) i;
ANALYZE parted;
END
		often('SELECT count(*) AS marker FROM parted WHERE a = 5 AND b = 5')
	])
{
	my ($name, $setup, $sql) = @$case;
	my $said = same($name, $setup, $sql, proof => qr/^\Q$functions\E$/);
	like($said->{err}, qr/WARNING/, "$name: it speaks");
}

# What extensions bring in C says nothing.
SKIP:
{
	skip 'citext is not there', 1
	  if look($node, "SELECT count(*) FROM pg_available_extensions WHERE name = 'citext'") eq '0';
	same(
		'an operator of an extension', <<'END',
CREATE EXTENSION IF NOT EXISTS citext;
DROP TABLE IF EXISTS named;
CREATE TABLE named AS SELECT i AS a, ('N' || i)::citext AS b FROM generate_series(1, 30000) i;
ANALYZE named;
END
		often("SELECT count(*) AS marker FROM named WHERE b = 'n5'::citext"),
		proof => qr/^named\(b/);
}

# These are not run by the planner, or not once a planning.
same('volatile function', '',
	often('SELECT count(*) AS marker FROM t WHERE a = 5 AND says_volatile(b) = 8'),
	proof => qr/^t\(a/);
same(
	'index expression', <<'END',
DROP TABLE IF EXISTS x;
CREATE TABLE x AS SELECT i AS a, i % 1000 AS b FROM generate_series(1, 30000) i;
SET client_min_messages = error;
CREATE INDEX ON x ((a + says(2)));
CREATE INDEX ON x (a) WHERE b > says(90);
ANALYZE x;
END
	often('SELECT count(*) AS marker FROM x WHERE b = 5'),
	proof => qr/^x\(b/);

# ---- how statements come ----

my $count = 'SELECT count(*) AS marker FROM t WHERE a = 7 AND c > $$a$$';
my $found = qr/^t\(a/;

same('simple', '', often($count), proof => $found);
same('prepared, generic', '',
	'SET plan_cache_mode = force_generic_plan;'
	  . 'PREPARE p(int) AS SELECT count(*) AS marker FROM t WHERE a = $1;'
	  . often('EXECUTE p(7)'),
	proof => $found);
same('prepared, planned again', '',
	'PREPARE p(int) AS SELECT count(*) AS marker FROM t WHERE a = $1;' . often('EXECUTE p(7)'),
	proof => $found);
same(
	'PL/pgSQL',
	q{CREATE OR REPLACE FUNCTION f(x int) RETURNS bigint LANGUAGE plpgsql AS
	  $$ BEGIN RETURN (SELECT count(*) AS marker FROM t WHERE a = x); END $$},
	often('SELECT f(7)'),
	proof => qr/^t\(a/m);
same(
	'SQL function',
	q{CREATE OR REPLACE FUNCTION g(x int) RETURNS bigint LANGUAGE sql AS
	  'SELECT count(*) AS marker FROM t WHERE a = x'},
	often('SELECT sum(g(i)) FROM generate_series(1, 3) i'),
	proof => qr/^t\(a/m);
same(
	'trigger', <<'END',
DROP TABLE IF EXISTS o;
CREATE TABLE o (i int);
CREATE OR REPLACE FUNCTION o() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM count(*) AS marker FROM t WHERE a = new.i; RETURN new; END $$;
CREATE TRIGGER o BEFORE INSERT ON o FOR EACH ROW EXECUTE FUNCTION o();
CREATE CONSTRAINT TRIGGER p AFTER INSERT ON o DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION o();
END
	'INSERT INTO o SELECT generate_series(1, 40); SELECT count(*) FROM o;',
	proof => qr/^t\(a/m);
same('cursors', '', <<"END" x 15, proof => qr/^t\(a/m);
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT id AS marker FROM t WHERE a = 8 ORDER BY id;
FETCH 3 FROM c;
FETCH BACKWARD 2 FROM c;
FETCH LAST FROM c;
FETCH ABSOLUTE 5 FROM c;
DECLARE h CURSOR WITH HOLD FOR SELECT id AS marker FROM t WHERE a = 9 ORDER BY id;
COMMIT;
FETCH ALL FROM h;
CLOSE h;
END
same(
	'subtransactions', '',
	"BEGIN;\nSAVEPOINT one;\n" . often($count)
	  . "INSERT INTO t VALUES (0);\nROLLBACK TO one;\n" . often($count)
	  . "SELECT count(*) FROM t WHERE id = 0;\nRELEASE one;\nCOMMIT;\n" . <<'END', proof => qr/^t\(a/m);
DO $$
DECLARE n int;
BEGIN
  FOR i IN 1 .. 40 LOOP
    BEGIN
      SELECT count(*) INTO n FROM t WHERE a = 11 AND b >= 0;
      PERFORM 1 / (n - n);
    EXCEPTION WHEN division_by_zero THEN
      SELECT count(*) AS marker INTO n FROM t WHERE a = 10;
    END;
  END LOOP;
  RAISE WARNING '%', n;
END $$;
END
same(
	'procedure that commits',
	q{CREATE TABLE IF NOT EXISTS log (n bigint); TRUNCATE log;
	  CREATE OR REPLACE PROCEDURE commits() LANGUAGE plpgsql AS $$ BEGIN
	  FOR i IN 1 .. 40 LOOP
	    INSERT INTO log SELECT count(*) AS marker FROM t WHERE a = i;
	    IF i % 3 = 0 THEN COMMIT; ELSIF i % 7 = 0 THEN ROLLBACK; END IF;
	  END LOOP; END $$},
	'CALL commits(); SELECT count(*), sum(n) FROM log;',
	proof => qr/^t\(a/m);
same("transaction: $_", '',
	"BEGIN $_;\n" . often($count) . "SELECT pg_current_xact_id_if_assigned();\nCOMMIT;",
	proof => $found)
  for ('READ ONLY', 'ISOLATION LEVEL REPEATABLE READ', 'ISOLATION LEVEL SERIALIZABLE',
	'ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE');
same('two-phase commit',
	'', "BEGIN;\n" . often($count) . "PREPARE TRANSACTION 'x';\nCOMMIT PREPARED 'x';",
	proof => $found);
same(
	'parallel plans',
	q{CREATE OR REPLACE FUNCTION inside(x int) RETURNS bigint LANGUAGE plpgsql PARALLEL SAFE
	  AS $$ BEGIN RETURN (SELECT count(*) AS inner FROM t WHERE a = x); END $$},
	"SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;\n"
	  . "SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;\n"
	  . often($count)
	  . often('SELECT sum(inside(b)) FROM t WHERE id < 20', 5)
	  . "SET $parallel = on;\n"
	  . often('SELECT count(*) AS marker FROM t WHERE a = 7 AND b >= 0', 20)
	  . often('SELECT sum(inside(b)) FROM t WHERE id < 20', 5),
	proof => qr/^t\(a/m);

# ---- what statements read and write ----

same(
	'partitions', <<'END',
DROP TABLE IF EXISTS parted;
CREATE TABLE parted (k int, a int, b int) PARTITION BY RANGE (k);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE parted_2 (gone int, b int, a int, k int);
ALTER TABLE parted_2 DROP COLUMN gone;
ALTER TABLE parted ATTACH PARTITION parted_2 FOR VALUES FROM (10) TO (20);
CREATE TABLE parted_3 PARTITION OF parted DEFAULT;
INSERT INTO parted SELECT i % 25, i, i % 10 FROM generate_series(1, 60000) i;
ANALYZE parted;
END
	often('SELECT count(*) AS marker FROM parted WHERE a = 10')
	  . often('UPDATE parted SET b = 10 WHERE a = 11 RETURNING 1 AS marker', 10)
	  . "SET enable_partitionwise_join = on;\n"
	  . often('SELECT count(*) AS marker FROM parted p JOIN parted q USING (k, a) WHERE p.b = 3'),
	proof => qr/^parted\(a/m);
same(
	'MERGE, ON CONFLICT, UPDATE, DELETE', <<'END',
DROP TABLE IF EXISTS w;
CREATE TABLE w (id int PRIMARY KEY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED);
INSERT INTO w SELECT i, i % 5000 FROM generate_series(1, 30000) i;
ANALYZE w;
END
	often('MERGE INTO w USING (SELECT 3 AS x) s ON w.a = s.x '
		  . 'WHEN MATCHED THEN UPDATE SET a = 3 + 0 * length($$marker$$)', 20)
	  . often('INSERT INTO w SELECT id, b AS marker FROM t WHERE a = 3 '
		  . 'ON CONFLICT (id) DO UPDATE SET a = 4 RETURNING id')
	  . often('UPDATE w SET a = 7 WHERE a = 9 AND twice > 1 RETURNING id AS marker', 20)
	  . often('DELETE FROM w WHERE a = 10 RETURNING id AS marker')
	  . 'SELECT sum(id), sum(a), sum(twice) FROM w;',
	proof => qr/^w\(a/m);
same(
	'CTEs and set operations', '',
	often('WITH RECURSIVE r AS (SELECT id, a FROM t WHERE a = 3 UNION SELECT t.id, t.a FROM t JOIN r'
		  . ' ON t.id = r.id + 1 WHERE t.id < 9), x AS MATERIALIZED (SELECT * FROM t WHERE b = 1)'
		  . ' SELECT count(*) AS marker FROM r FULL JOIN x USING (a)', 10)
	  . often('SELECT count(*) AS marker FROM (SELECT a FROM t WHERE a = 3 UNION ALL SELECT b FROM t'
		  . ' WHERE a = 4 EXCEPT SELECT b FROM t WHERE b = 5) u')
	  . often('SELECT count(*) AS marker FROM t TABLESAMPLE BERNOULLI (50) REPEATABLE (3) WHERE a = 3')
	  . often('SELECT id AS marker FROM t WHERE a = 3 FOR NO KEY UPDATE SKIP LOCKED', 10));
same('temporary tables', '',
	'CREATE TEMP TABLE tt ON COMMIT DELETE ROWS AS TABLE t;'
	  . 'BEGIN; INSERT INTO tt TABLE t;'
	  . often('SELECT count(*) AS marker FROM tt WHERE a = 3')
	  . 'DROP TABLE tt; COMMIT;');
# Collations that take different texts for equal need ICU.
my $nocase = look($node, q{SELECT count(*) > 0 FROM pg_collation WHERE collprovider = 'i'}) eq 't'
  ? q{PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false}
  : q{LOCALE = 'C'};
same(
	'types', <<"END",
DROP TABLE IF EXISTS y;
DROP TYPE IF EXISTS mood, pair, positive CASCADE;
DROP COLLATION IF EXISTS nocase;
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TYPE pair AS (x int, y text);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE COLLATION nocase ($nocase);
CREATE TABLE y (id serial, dropped int, m mood, p pair, d positive, l int[], r int4range,
  n text COLLATE nocase, j jsonb, v tsvector, e text, i inet, u uuid, f float8);
ALTER TABLE y DROP COLUMN dropped;
INSERT INTO y (m, p, d, l, r, n, j, v, e, i, u, f)
  SELECT CASE WHEN i % 100 = 0 THEN 'sad' ELSE 'glad' END::mood, (i, 'a')::pair, i, ARRAY[i, i + 1],
    int4range(i, i + 3), 'N' || i, jsonb_build_object('k', i), to_tsvector('simple', 'word' || i),
    'e' || i, '10.0.0.0'::inet + i, md5(i::text)::uuid, i FROM generate_series(1, 20000) i;
CREATE STATISTICS y_stats ON (lower(e)), (f * 2) FROM y;
ANALYZE y;
END
	join('', map { often("SELECT count(*) AS marker FROM y WHERE $_", 20) }
		  "m = 'sad'", "p = (5, 'a')::pair", 'd = 5', 'l @> ARRAY[5]', 'l = ARRAY[5, 6]',
		'r @> 5', 'r && int4range(5, 7)', "n = 'n77'", "n LIKE 'n7%'", "j @> '{\"k\": 5}'",
		"j->>'k' = '5'", "v @@ 'word5'", "lower(e) = 'e5'", 'f * 2 = 10', "e LIKE 'e12%'",
		"e LIKE '%12%'", "i << '10.0.0.0/30'", "u = md5('5')::uuid", 'd IN (1, 2, 3)',
		'(d, f) = (5, 5)', '(d, f) < (5, 5)', 'd IS NULL', 'y IS NULL', 'y.p IS NOT NULL',
		'ctid = $$(0,1)$$', 'd = ANY (l)', '(p).x = 5', 'l[1] = 5')
	  . often('SELECT n AS marker, count(*) FROM y GROUP BY n ORDER BY n DESC LIMIT 2', 10)
	  . often('SELECT max(i) AS marker, min(u::text) FROM y', 10),
	proof => qr/^y\(/m);
same(
	'tables without columns', <<'END',
DROP TABLE IF EXISTS none;
CREATE TABLE none ();
INSERT INTO none SELECT FROM generate_series(1, 30000);
ANALYZE none;
END
	often('SELECT count(*) AS marker FROM none'),
	proof => qr/^no index helps$/);
SKIP:
{
	skip 'the contributed modules are not installed', 1 unless have_module('citext');
	same(
		'contributed types',
		q{CREATE EXTENSION IF NOT EXISTS citext; CREATE EXTENSION IF NOT EXISTS pg_trgm;
		  CREATE EXTENSION IF NOT EXISTS btree_gin; DROP TABLE IF EXISTS z;
		  CREATE TABLE z AS SELECT ('c' || i)::citext AS c, 'e' || i AS e, i AS n
		    FROM generate_series(1, 20000) i; ANALYZE z},
		often("SELECT count(*) AS marker FROM z WHERE e ILIKE '%e77%'")
		  . often("SELECT count(*) AS marker FROM z WHERE c = 'C77'")
		  . often("SELECT count(*) AS marker FROM z WHERE e % 'e77'", 5),
		proof => qr/^z\(e/m);
}

# ---- other servers ----

SKIP:
{
	skip 'postgres_fdw is not installed', 1 unless have_module('postgres_fdw');
	my ($host, $port) = ($node->host, $node->port);
	my $asked = q{SELECT calls FROM perfext.statements WHERE query LIKE 'EXPLAIN %';};

	look($node, <<"END");
CREATE EXTENSION postgres_fdw;
CREATE SERVER self FOREIGN DATA WRAPPER postgres_fdw
  OPTIONS (host '$host', port '$port', dbname 'postgres', use_remote_estimate 'true');
CREATE USER MAPPING FOR CURRENT_USER SERVER self;
CREATE TABLE far AS SELECT 1 AS k, i AS a, i % 10 AS b FROM generate_series(1, 20000) i;
CREATE FOREIGN TABLE near (k int, a int, b int) SERVER self OPTIONS (table_name 'far');
CREATE TABLE mixed (k int, a int, b int) PARTITION BY LIST (k);
CREATE TABLE mixed_0 PARTITION OF mixed FOR VALUES IN (0);
INSERT INTO mixed SELECT 0, i, i % 10 FROM generate_series(1, 20000) i;
CREATE FOREIGN TABLE mixed_1 PARTITION OF mixed FOR VALUES IN (1)
  SERVER self OPTIONS (table_name 'far');
ANALYZE mixed_0;
END
	same('foreign table', '',
		often('SELECT count(*) AS marker FROM near JOIN t ON near.a = t.a WHERE t.b = 3', 10) . $asked,
		proof => qr/^\Q$foreign\E$/);
	same('foreign partition', '',
		often('SELECT count(*) AS marker FROM mixed WHERE a = 3 AND b = 3') . $asked,
		proof => qr/^\Q$foreign\E$/);
}

# ---- what the server counts ----

same(
	'statistics of tables', <<'END',
DROP TABLE IF EXISTS m1, m2;
CREATE TABLE m1 (id int PRIMARY KEY, v int, w int);
CREATE TABLE m2 (id int PRIMARY KEY, v int, w int);
INSERT INTO m1 SELECT i, i % 50, i FROM generate_series(1, 30000) i;
INSERT INTO m2 TABLE m1;
VACUUM ANALYZE m1;
VACUUM ANALYZE m2;
SELECT pg_stat_force_next_flush();
SELECT pg_stat_reset();
END
	often('SELECT count(*) AS marker FROM m1 JOIN m2 USING (id)'
		  . ' WHERE m1.v = 7 AND m2.w > 29900 AND m1.id > 15000', 60)
	  . <<'END', proof => qr/m2\(w/);
SELECT pg_stat_force_next_flush();
SELECT relname, indexrelname, idx_scan, idx_tup_read, idx_tup_fetch FROM pg_stat_user_indexes
  WHERE relname IN ('m1', 'm2') ORDER BY 1, 2;
SELECT relname, seq_scan, seq_tup_read, idx_scan, idx_tup_fetch, n_tup_ins, n_live_tup
  FROM pg_stat_user_tables WHERE relname IN ('m1', 'm2') ORDER BY 1;
SELECT relname, heap_blks_read + heap_blks_hit, idx_blks_read + idx_blks_hit
  FROM pg_statio_user_tables WHERE relname IN ('m1', 'm2') ORDER BY 1;
END
same(
	'progress of a command around', <<'END',
DROP TABLE IF EXISTS cp;
CREATE TABLE cp (i int);
CREATE OR REPLACE FUNCTION cp() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE progress int;
BEGIN
  EXECUTE 'SELECT count(*) AS marker FROM t WHERE a = 3';
  SELECT count(*) INTO progress FROM pg_stat_progress_copy WHERE pid = pg_backend_pid();
  RAISE WARNING 'progress %', progress;
  RETURN new;
END $$;
CREATE TRIGGER cp BEFORE INSERT ON cp FOR EACH ROW EXECUTE FUNCTION cp();
END
	"COPY cp FROM PROGRAM 'seq 1 40';");
same(
	'locks, transaction ids, memory', '',
	"SET plan_cache_mode = force_generic_plan;\n"
	  . "PREPARE p(int) AS SELECT count(*) AS marker FROM t WHERE a = \$1;\n"
	  . "BEGIN;\nSELECT pg_current_xact_id() AS before \\gset\n"
	  . often($count)
	  . often('EXECUTE p(7)')
	  . <<'END', proof => $found);
SELECT locktype, relation::regclass, mode, count(*) FROM pg_locks WHERE pid = pg_backend_pid()
  GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
SELECT name FROM pg_backend_memory_contexts
  WHERE name IN ('perfext what-if', 'perfext planning') ORDER BY 1;
SELECT pg_current_xact_id()::text::bigint - :before;
COMMIT;
SELECT pg_current_xact_id()::text::bigint - :before;
END
same(
	'plans, blocks and WAL', 'TRUNCATE log',
	# What a new session reads of the catalogs is another number each time.
	<<"END"
SELECT current_setting('perfext.what_if_target') AS target \\gset
SET perfext.what_if_target = 0;
EXPLAIN $count;
INSERT INTO log SELECT count(*) AS marker FROM t WHERE a = 19;
SELECT FROM perfext.reset();
SET perfext.what_if_target = :target;
EXPLAIN $count;
END
	  . often($count)
	  . "EXPLAIN $count;\n"
	  . often('INSERT INTO log SELECT count(*) AS marker FROM t WHERE a = 19')
	  . <<'END', proof => qr/^t\(a/m);
EXPLAIN (ANALYZE, BUFFERS, WAL, TIMING OFF, SUMMARY OFF)
  INSERT INTO log SELECT count(*) AS marker FROM t WHERE a = 19;
SELECT query, calls, rows, shared_blks_hit + shared_blks_read, shared_blks_dirtied <= 40, wal_records
  FROM perfext.statements WHERE query LIKE '%marker%' ORDER BY query;
END

# What is around a statement and may be changed in it is as it was after it.
same(
	'settings and user', <<'END',
CREATE OR REPLACE FUNCTION definer() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public SET work_mem = '7MB' AS
  $$ DECLARE n bigint; BEGIN
    SELECT count(*) AS marker INTO n FROM t WHERE a = 20;
    RAISE WARNING '% %', current_user = 'reader', current_setting('work_mem');
    RETURN n; END $$;
END
	'SET ROLE reader; SET work_mem = $$5MB$$;'
	  . often('SELECT definer(), current_user, current_setting($$work_mem$$)'),
	proof => qr/^t\(a/m);

# An error of the planner itself is said once.
same('errors', '', often('SELECT count(*) AS marker FROM t WHERE a = 1 / 0', 3));

is(crashes($node), 0, 'no accidents');
$node->stop;
done_testing();
