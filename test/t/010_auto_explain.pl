# auto_explain beside perfext, loaded before and after it, with and without
# timing: each plan that it logs has the rows and loops that it has without
# perfext, and perfext's own figures are right as well.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'auto_explain is not installed'
  unless have_module('auto_explain');

my $schema = <<'END';
CREATE TABLE t (id int PRIMARY KEY, g int, s text);
INSERT INTO t SELECT i, i % 10, repeat('x', 20) FROM generate_series(1, 5000) i;
CREATE TABLE child (id int, t int REFERENCES t);
CREATE TABLE part (id int, v int) PARTITION BY RANGE (id);
CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (100);
CREATE TABLE part2 PARTITION OF part FOR VALUES FROM (100) TO (200);
INSERT INTO part SELECT i, i FROM generate_series(0, 199) i;
CREATE INDEX ON t (g);
CREATE FUNCTION nested(n int) RETURNS bigint LANGUAGE plpgsql AS
  $$ BEGIN RETURN (SELECT count(*) FROM t WHERE g = n); END $$;
VACUUM ANALYZE t;
ANALYZE part;
END

my $workload = <<'END';
SET enable_bitmapscan = off;
SELECT * FROM t WHERE id = 7;
SELECT count(*) FROM t WHERE g = 3 AND s = 'none';
SELECT g, count(*) FROM t GROUP BY g ORDER BY g;
SELECT * FROM t ORDER BY s, id LIMIT 3;
SELECT count(*) FROM t a JOIN t b USING (id) WHERE a.g < 5;
SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_memoize = off;
SELECT count(*) FROM (SELECT * FROM t LIMIT 50) a JOIN t b ON b.id = a.id + 1;
SET enable_memoize = on;
SELECT count(*) FROM t a JOIN t b ON b.id = a.g;
RESET enable_hashjoin; RESET enable_mergejoin;
SET enable_bitmapscan = on; SET enable_indexscan = off;
SELECT count(*) FROM t WHERE g = 3 AND (id < 100 OR id > 4900);
RESET enable_indexscan;
SELECT id, (SELECT count(*) FROM t b WHERE b.g = a.g) FROM t a WHERE id < 4;
WITH c AS MATERIALIZED (SELECT g FROM t) SELECT count(*) FROM c a, c b WHERE a.g = 1 AND b.g = 2 AND false;
WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 10) SELECT count(*) FROM r;
SELECT count(*) FROM part WHERE id < 50;
SELECT count(*) FROM part WHERE id < (SELECT 50);
SELECT nested(i) FROM generate_series(1, 3) i;
INSERT INTO child SELECT i, i FROM generate_series(1, 20) i;
UPDATE child SET t = 1 WHERE id < 5;
DELETE FROM child WHERE id > 10;
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM t ORDER BY id;
FETCH 3 FROM c; FETCH 4 FROM c; CLOSE c;
COMMIT;
PREPARE p (int) AS SELECT count(*) FROM t WHERE g = $1;
EXECUTE p(1); EXECUTE p(2); EXECUTE p(3); EXECUTE p(4); EXECUTE p(5); EXECUTE p(6); EXECUTE p(7);
SELECT 1 / (g - g) FROM t;
EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off, BUFFERS off) SELECT count(*) FROM t WHERE g = 9;
SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off;
SELECT count(*) FROM t WHERE s <> 'y';
END

# What auto_explain logged, without what may differ from run to run.
sub logged
{
	my ($node) = @_;
	my $log = slurp_file($node->logfile);

	$log =~ s/actual time=[\d.]+\.\.[\d.]+ rows/actual rows/g;
	$log =~ s/^.*LOG:  duration: [\d.]+ ms  plan:/plan:/mg;
	# memory depends on the size of pointers, disk space and workers on luck
	$log =~ s/(Memory|Memory Usage|Buckets|Disk|Storage): .*$/$1/mg;
	$log =~ s/^\s*(Query Identifier|Plan Identifier): .*\n//mg;
	# blocks are hit or read, as the cache will have it
	$log =~ s/Buffers: .*$/Buffers/mg;
	my @plans = $log =~ /^plan:\n((?:\t.*\n)+)/mg;
	return join("---\n", grep { !/perfext\.|pg_extension/ } @plans);
}

sub run_on
{
	my ($name, $libraries, $timing, @conf) = @_;
	my $node = perfext_node(
		$name,
		libraries => $libraries,
		no_extension => 1,
		conf => join("\n",
			'auto_explain.log_min_duration = 0',
			'auto_explain.log_analyze = on',
			"auto_explain.log_timing = $timing",
			'auto_explain.log_nested_statements = on',
			'auto_explain.log_buffers = on',
			@conf,
			''));
	local $ENV{PGOPTIONS} = '-c auto_explain.log_min_duration=-1';
	$node->safe_psql('postgres', $schema);
	$node->safe_psql('postgres', 'CREATE EXTENSION perfext')
	  if $libraries =~ /perfext/;
	delete $ENV{PGOPTIONS};
	$node->psql('postgres', $workload, on_error_stop => 0);
	return $node;
}

# What perfext counted at the nodes, which are sampled whenever auto_explain
# times them, or all when told so.
sub nodes
{
	my ($node) = @_;
	local $ENV{PGOPTIONS} =
	  '-c auto_explain.log_min_duration=-1 -c perfext.enabled=off';

	return $node->safe_psql(
		'postgres', <<'END');
SELECT query, depth, node_type, n.relname, n.rows, loops, rows_removed
FROM perfext.plan_nodes n JOIN perfext.statements s USING (userid, dbid, queryid, toplevel)
WHERE query LIKE 'SELECT%FROM t%' AND node_id >= 0 AND query NOT LIKE '%<> $1'
ORDER BY query COLLATE "C", planid, node_id
END
}

my %figures;
for my $timing ('on', 'off')
{
	my $alone = run_on("alone_$timing", 'auto_explain', $timing);
	my $expected = logged($alone);
	$alone->stop;
	cmp_ok(scalar(() = $expected =~ /actual rows/g), '>', 60,
		"timing $timing: plans are logged")
	  or diag $expected;

	for my $order ('auto_explain,perfext', 'perfext,auto_explain')
	{
		my $what = "$order, timing $timing";
		my $node = run_on(($order =~ /^perfext/ ? 'first_' : 'last_') . $timing,
			$order, $timing, 'perfext.node_timing = all');
		is(logged($node), $expected, "$what: the same plans with the same rows and loops");
		my $times = 0;
		$times += $_ for slurp_file($node->logfile) =~ /actual time=[\d.]+\.\.([\d.]+) rows/g;
		cmp_ok($times, '>', 0, "$what: and times") if $timing eq 'on';
		$figures{$what} = nodes($node);
		is(crashes($node), 0, "$what: no accidents");
		$node->stop;
	}
}

my $reference = run_on('reference', 'perfext', 'on', 'perfext.node_timing = all');
my $expected = nodes($reference);
cmp_ok(scalar(split(/\n/, $expected)), '>', 20, 'perfext alone counts at the nodes');
for my $what (sort keys %figures)
{
	is($figures{$what}, $expected, "$what: perfext's figures are those it has alone");
}
$reference->stop;
done_testing();
