# With pg_stat_statements loaded beside perfext, before and after it: both count
# the same calls, rows, blocks and WAL for every (userid, dbid, queryid, toplevel),
# and what pg_stat_statements says is what it says without perfext.
#
# Left out are utility statements, whose queryid is perfext's own, and the
# server's foreign-key checks, which perfext books as time of the statement that
# fired them.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'pg_stat_statements is not installed'
  unless have_module('pg_stat_statements');

my $utility = '^(/\*.*?\*/)?\s*(alter|analyze|begin|call|checkpoint|close|cluster|comment'
  . '|commit|copy|create|deallocate|declare|discard|do|drop|execute|explain|fetch|grant'
  . '|import|listen|lock|move|notify|prepare|reassign|refresh|reindex|release|reset|revoke'
  . '|rollback|savepoint|security|set|show|start|truncate|unlisten|vacuum)\y';
my $fk_check = 'OPERATOR\(pg_catalog\.';

# On 15 pg_stat_statements takes the rows of the last fetch for those of a
# cursor; so does perfext not.
my $rows_of_cursors;

my $schema = <<'END';
CREATE ROLE other;
CREATE TABLE t (id int PRIMARY KEY, v int, s text);
CREATE TABLE child (id int PRIMARY KEY, t int REFERENCES t);
CREATE TABLE log (id int);
CREATE INDEX ON t (v);
CREATE TABLE big AS SELECT i AS id, i % 10 AS g, repeat('x', 50) AS s FROM generate_series(1, 20000) i;
CREATE TABLE part (id int, v int) PARTITION BY RANGE (id);
CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (100);
CREATE TABLE part2 PARTITION OF part FOR VALUES FROM (100) TO (200);
VACUUM ANALYZE big;
GRANT ALL ON ALL TABLES IN SCHEMA public TO other;
GRANT CREATE ON SCHEMA public TO other;

CREATE FUNCTION sql_inlined(n int) RETURNS int LANGUAGE sql STABLE AS 'SELECT n + 1';
CREATE FUNCTION sql_scan(n int) RETURNS SETOF int LANGUAGE sql VOLATILE AS
  'UPDATE t SET v = v WHERE id = n; SELECT v FROM t WHERE id <= n';
CREATE FUNCTION nested(n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE r record; k int := 0; c CURSOR (m int) FOR SELECT id FROM t WHERE id <= m;
BEGIN
  SELECT count(*) INTO k FROM t WHERE id < n;
  PERFORM v FROM t WHERE id = n;
  FOR r IN SELECT id FROM t WHERE id <= n LOOP k := k + r.id; END LOOP;
  EXECUTE 'SELECT count(*) FROM t WHERE v = $1' INTO k USING n;
  k := (SELECT max(v) FROM t);
  OPEN c(n);
  FETCH c INTO r;
  MOVE 2 FROM c;
  FETCH c INTO r;
  CLOSE c;
  INSERT INTO log SELECT g FROM generate_series(1, n) g;
  BEGIN
    PERFORM 1 / (k - k) FROM t;
  EXCEPTION WHEN division_by_zero THEN
    INSERT INTO log VALUES (n);
  END;
  FOR r IN SELECT * FROM sql_scan(3) s LOOP EXIT WHEN r.s > 1; END LOOP;
  RETURN k;
END $$;
CREATE FUNCTION recursive(n int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  IF n = 0 THEN RETURN (SELECT count(*) FROM t); END IF;
  RETURN (SELECT recursive(n - 1) + 1 FROM t WHERE id = 1);
END $$;
CREATE FUNCTION definer() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS
  $$ BEGIN RETURN (SELECT count(*) FROM t WHERE v > 3); END $$;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO log VALUES (NEW.id); RETURN NEW; END $$;
CREATE TRIGGER before_row BEFORE INSERT OR UPDATE ON child FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER after_row AFTER INSERT OR UPDATE ON child FOR EACH ROW EXECUTE FUNCTION note();
CREATE PROCEDURE work(n int) LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. n LOOP
    INSERT INTO log VALUES (i);
    COMMIT;
    DELETE FROM log WHERE id = i;
    IF i % 2 = 0 THEN ROLLBACK; END IF;
  END LOOP;
END $$;
CREATE VIEW seen AS SELECT id, v FROM t WHERE v >= 0;
CREATE MATERIALIZED VIEW matted AS SELECT g, count(*) AS n FROM big GROUP BY g;
END

my $workload = <<'END';
INSERT INTO t SELECT i, i % 7, 'text ' || i FROM generate_series(1, 500) i;
INSERT INTO t VALUES (1001, 1, 'a'), (1002, 2, 'b'), (1003, 3, 'c');
INSERT INTO t VALUES (1004, 4, 'd') RETURNING id;
INSERT INTO t VALUES (1004, 4, 'd') ON CONFLICT (id) DO UPDATE SET v = 5;
UPDATE t SET v = v + 1 WHERE id < 50;
UPDATE t SET v = v + 1 WHERE id < 60 RETURNING id;
DELETE FROM t WHERE id > 1003;
DELETE FROM t WHERE id > 5000;
MERGE INTO t USING (VALUES (1, 7), (2000, 8)) x (id, v) ON t.id = x.id
  WHEN MATCHED THEN UPDATE SET v = x.v WHEN NOT MATCHED THEN INSERT VALUES (x.id, x.v, '');
WITH moved AS (DELETE FROM t WHERE id BETWEEN 400 AND 420 RETURNING id)
  INSERT INTO log SELECT id FROM moved;
SELECT count(*), sum(v) FROM t;
SELECT * FROM t WHERE id = 1;
SELECT * FROM t WHERE id = 2;
SELECT * FROM t ORDER BY id LIMIT 10;
SELECT * FROM seen WHERE id < 10;
SELECT * FROM t WHERE id IN (1, 2, 3);
VALUES (1, 2), (3, 4);
TABLE log;
SELECT a.id FROM t a JOIN t b USING (v) WHERE a.id < 5;
SELECT id, (SELECT count(*) FROM t b WHERE b.v = a.v) FROM t a WHERE id < 5;
SELECT sql_inlined(id) FROM t WHERE id < 4;
SELECT * FROM sql_scan(5);
SELECT * FROM sql_scan(50) LIMIT 3;
SELECT nested(i) FROM generate_series(1, 30) i;
SELECT recursive(5);
INSERT INTO child SELECT i, i FROM generate_series(1, 40) i;
UPDATE child SET t = 3 WHERE id < 10;
INSERT INTO part SELECT i, i FROM generate_series(0, 199) i;
UPDATE part SET id = 199 - id WHERE id IN (5, 150);
SELECT count(*) FROM part WHERE id < 50;
-- spills, and blocks of all kinds
SET work_mem = '64kB';
SELECT count(*) FROM (SELECT * FROM big ORDER BY s, id) x;
RESET work_mem;
CREATE TEMP TABLE mine AS SELECT * FROM big LIMIT 3000;
SELECT count(*) FROM mine;
UPDATE mine SET g = g + 1;
INSERT INTO mine SELECT * FROM mine;
DROP TABLE mine;
-- prepared
PREPARE p (int) AS SELECT * FROM t WHERE id = $1;
EXECUTE p(1); EXECUTE p(2); EXECUTE p(3); EXECUTE p(4); EXECUTE p(5); EXECUTE p(6); EXECUTE p(7); EXECUTE p(8);
PREPARE w (int) AS UPDATE t SET v = v + 1 WHERE id = $1;
EXECUTE w(1); EXECUTE w(2);
DO $$ BEGIN FOR i IN 1 .. 10 LOOP EXECUTE 'EXECUTE p(' || i || ')'; END LOOP; END $$;
CREATE TEMP TABLE made AS EXECUTE p(9);
EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) EXECUTE p(3);
DEALLOCATE p;
-- cursors
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM t ORDER BY id;
FETCH 5 FROM c; FETCH 5 FROM c; MOVE 10 FROM c; FETCH BACKWARD 2 FROM c; CLOSE c;
DECLARE held CURSOR WITH HOLD FOR SELECT v FROM t WHERE id < 30;
COMMIT;
FETCH ALL FROM held;
CLOSE held;
-- utility statements with statements inside
CREATE TABLE copied AS SELECT * FROM t WHERE id < 100;
COPY (SELECT * FROM t WHERE id < 10) TO STDOUT;
EXPLAIN SELECT * FROM t;
EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) SELECT count(*) FROM t WHERE v = 2;
REFRESH MATERIALIZED VIEW matted;
DO $$ BEGIN PERFORM count(*) FROM t; PERFORM 1; END $$;
CALL work(4);
DO $$ DECLARE r record; BEGIN FOR r IN SELECT id, 'loop' FROM t WHERE id <= 120 LOOP NULL; END LOOP; END $$;
-- transactions and errors
BEGIN; SELECT 1; SAVEPOINT s; SELECT 1, 2; ROLLBACK TO s; SELECT 1, 2, 3; COMMIT;
SELECT 1 / (v - v) FROM t;
BEGIN; SELECT 1, 2, 3, 4; SELECT 'x'::int; SELECT 1, 2, 3, 4; ROLLBACK;
SELECT 1 \; SELECT 2 \; SELECT 1, 2 ;
-- another user
SET ROLE other;
SELECT count(*) FROM t WHERE v = 1;
SELECT definer();
RESET ROLE;
SELECT count(*) FROM t WHERE v = 1;
-- parallel
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET max_parallel_workers_per_gather = 2;
SELECT count(*), sum(g) FROM big WHERE s <> 'y';
SELECT g, count(*) FROM big GROUP BY g ORDER BY g;
SELECT count(*) FROM big a JOIN big b USING (id);
END

# Rows that one of them has otherwise than the other.
my $difference = <<"END";
WITH theirs AS (
  SELECT userid, dbid, queryid, toplevel, query, calls, rows,
    shared_blks_hit, shared_blks_read, shared_blks_dirtied, shared_blks_written,
    local_blks_hit, local_blks_read, local_blks_dirtied, local_blks_written,
    temp_blks_read, temp_blks_written, wal_records, wal_fpi, wal_bytes
  FROM pg_stat_statements WHERE query !~* '$utility' AND query !~ '$fk_check'
), ours AS (
  SELECT userid, dbid, queryid, toplevel, query, calls, rows,
    shared_blks_hit, shared_blks_read, shared_blks_dirtied, shared_blks_written,
    local_blks_hit, local_blks_read, local_blks_dirtied, local_blks_written,
    temp_blks_read, temp_blks_written, wal_records, wal_fpi, wal_bytes
  FROM perfext.statements WHERE query !~* '$utility' AND calls > 0
)
END

# Answers by both, which read as little as they can of each other.
sub ask
{
	my ($node, $sql) = @_;
	local $ENV{PGOPTIONS} =
	  '-c pg_stat_statements.track=none'
	  . ($node->name eq 'without' ? '' : ' -c perfext.enabled=off');

	return $node->safe_psql('postgres', $sql);
}

sub make_node
{
	my ($name, $libraries) = @_;

	my $node = perfext_node(
		$name,
		libraries => $libraries,
		no_extension => 1,
		conf => "pg_stat_statements.track = all\nmax_connections = 20\n"
		  . ($name eq 'first' ? "perfext.node_timing = all\n" : ''));
	$node->safe_psql('postgres', $schema);
	$node->safe_psql('postgres', 'CREATE EXTENSION pg_stat_statements');
	$node->safe_psql('postgres', 'CREATE EXTENSION perfext')
	  unless $name eq 'without';
	$node->safe_psql('postgres', 'CHECKPOINT');
	ask($node, 'SELECT pg_stat_statements_reset()');
	ask($node, 'SELECT perfext.reset()') unless $name eq 'without';
	return $node;
}

# The same over the extended protocol, prepared and not.
my $script = "\\set id random(1, 300)\n"
  . "SELECT v FROM t WHERE id = :id;\nSELECT nested(3);\n"
  . "UPDATE t SET v = v + 1 WHERE id = :id;\n";

sub work
{
	my ($node) = @_;

	$node->psql('postgres', $workload, on_error_stop => 0);
	for my $mode (qw(simple extended prepared))
	{
		$node->pgbench("-n -c 1 -t 20 -M $mode --random-seed=1",
			0, [qr/20\/20/], [qr/^(pgbench.*)?\s*$/],
			"$mode protocol", { "script_$mode" => $script });
	}
}

my $theirs_alone = 'SELECT toplevel, rolname, query, calls, rows'
  . ' FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid'
  . q{ WHERE query !~ 'extension|perfext' AND query !~ 'min_parallel'}
  . ' ORDER BY query COLLATE "C", toplevel, rolname';

my $without = make_node('without', 'pg_stat_statements');
work($without);
my $alone = ask($without, $theirs_alone);
$without->stop;
$rows_of_cursors = server_version() < 16;

for my $libraries ('pg_stat_statements,perfext', 'perfext,pg_stat_statements')
{
	my $name = $libraries =~ /^perfext/ ? 'first' : 'last';
	my $what = "perfext loaded $name";
	my $node = make_node($name, $libraries);

	work($node);

	my $rows = $rows_of_cursors
	  ? q{AND (o.rows = t.rows OR t.query ~ '^(SELECT id, \$1 FROM t|SELECT id FROM t|SELECT \* FROM sql_scan)' AND o.rows >= t.rows)}
	  : 'AND o.rows = t.rows';
	is( ask($node, "$difference SELECT count(*) > 60 FROM theirs"), 't',
		"$what: there is something to compare");
	is( ask(
			$node, "$difference SELECT t.toplevel, t.calls, t.rows, o.calls, o.rows, t.query
			  FROM theirs t LEFT JOIN ours o USING (userid, dbid, queryid, toplevel)
			  WHERE (o.calls = t.calls $rows) IS NOT TRUE ORDER BY t.query"),
		'',
		"$what: calls and rows are pg_stat_statements' own");
	is( ask(
			$node, "$difference SELECT o.toplevel, o.calls, o.rows, o.query
			  FROM ours o LEFT JOIN theirs t USING (userid, dbid, queryid, toplevel)
			  WHERE t.queryid IS NULL ORDER BY o.query"),
		'',
		"$what: perfext has no statement that pg_stat_statements has not");
	is( ask(
			$node, q{SELECT calls, rows FROM perfext.statements WHERE query LIKE 'SELECT id, $1 FROM t%'}),
		'1|120',
		"$what: the rows of a cursor are those of all its fetches");
	my $columns = join(
		' OR ',
		map { "t.$_ IS DISTINCT FROM o.$_" }
		  qw(shared_blks_hit shared_blks_read shared_blks_dirtied shared_blks_written
		  local_blks_hit local_blks_read local_blks_dirtied local_blks_written
		  temp_blks_read temp_blks_written wal_records wal_fpi wal_bytes));
	is( ask(
			$node, "$difference SELECT t.*, o.*
			  FROM theirs t JOIN ours o USING (userid, dbid, queryid, toplevel)
			  WHERE $columns ORDER BY t.query"),
		'',
		"$what: blocks and WAL are pg_stat_statements' own");
	is( ask(
			$node, "$difference SELECT count(*) FROM theirs t JOIN ours o
			  USING (userid, dbid, queryid, toplevel)
			  WHERE t.local_blks_hit > 0 OR t.temp_blks_written > 0 OR t.wal_fpi > 0"),
		ask($node, "$difference SELECT count(*) FROM theirs
			  WHERE local_blks_hit > 0 OR temp_blks_written > 0 OR wal_fpi > 0"),
		"$what: among them local and temporary blocks and page images");
	my %seen = map { $_ => 1 } split(/\n/, $alone);
	my $now = ask($node, $theirs_alone);
	is( join("\n", grep { !$seen{$_} } split(/\n/, $now)),
		'',
		"$what: pg_stat_statements says what it says alone");
	is(scalar(split(/\n/, $now)),
		scalar(split(/\n/, $alone)), "$what: and not less");
	is(ask($node, 'SELECT dropped FROM perfext.info'), 0, "$what: nothing dropped");
	is(crashes($node), 0, "$what: no accidents");
	$node->stop;
}

done_testing();
