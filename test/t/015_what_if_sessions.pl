# What-if planning among other sessions: it is cancelled, its time ends, it waits for
# nobody, tables change under it, other modules watch, other users look.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $node = perfext_node(
	'main',
	init => { allows_streaming => 1 },
	conf => "max_prepared_transactions = 5\nperfext.node_timing = off\n");
my $psql = 'psql -XAtq -v ON_ERROR_STOP=1 -d \'' . $node->connstr('postgres') . "' -c";
$psql =~ s/dbname='(\w+)'/dbname=$1/;
$psql =~ s/'(.*)'/"$1"/;

# Another session does something while a script of psql waits for it.
sub meanwhile
{
	my ($sql) = @_;

	return "\\! PGOPTIONS='-c perfext.enabled=off' $psql \"$sql\"\n";
}

sub same
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;

	return same_with_what_if($node, @_);
}

my $tables = <<'END';
DROP TABLE IF EXISTS t, parted, parted_2, other CASCADE;
CREATE TABLE t (id int PRIMARY KEY, a int, b int, gone int);
INSERT INTO t SELECT i, i % 1000, i % 7, 0 FROM generate_series(1, 30000) i;
CREATE INDEX t_b ON t (b);
CREATE TABLE parted (k int, a int) PARTITION BY RANGE (k);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10) TO (20);
INSERT INTO parted SELECT i % 20, i FROM generate_series(1, 60000) i;
CREATE TABLE other (k int, a int);
INSERT INTO other VALUES (25, 5);
VACUUM ANALYZE;
END

# ---- it waits for nobody ----

my $prepared = "SET plan_cache_mode = force_generic_plan;\n"
  . "PREPARE p(int) AS SELECT count(*) AS marker FROM t WHERE a = \$1 AND id >= 0;\nEXECUTE p(5);\n";

same(
	'an index is locked', $tables,
	$prepared
	  . meanwhile("BEGIN; REINDEX INDEX t_b; PREPARE TRANSACTION 'held'")
	  . often('EXECUTE p(5)')
	  . 'SELECT count(*) FROM perfext.index_proofs;'
	  . meanwhile("ROLLBACK PREPARED 'held'")
	  . often('EXECUTE p(5)', 5),
	proof => qr/^t\(a/);
same(
	'a partition that is not read is locked', $tables,
	meanwhile("BEGIN; LOCK TABLE parted_2; PREPARE TRANSACTION 'held'")
	  . often('SELECT count(*) AS marker FROM parted WHERE k = 3 AND a = 5')
	  . meanwhile("ROLLBACK PREPARED 'held'"),
	proof => qr/^parted\(a/);

# ---- tables change between planning and start ----

for my $ddl (
	'DROP INDEX t_b',
	'CREATE INDEX t_a ON t (a)',
	'ALTER TABLE t DROP COLUMN gone',
	'ALTER TABLE t ADD COLUMN a2 int DEFAULT 5',
	'ALTER TABLE t ALTER COLUMN a TYPE bigint',
	'ALTER TABLE t RENAME COLUMN a TO z',
	'ALTER TABLE t DROP COLUMN a',
	'ALTER TABLE t RENAME TO t2; ALTER TABLE t2 RENAME TO t',
	'DROP TABLE t; CREATE TABLE t AS SELECT 1 AS id, 5 AS a',
	'ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY x ON t USING (false)',
	'TRUNCATE t',
	'ANALYZE t')
{
	same($ddl, $tables, $prepared . meanwhile($ddl) . often('EXECUTE p(5)'));
}
for my $ddl (
	'ALTER TABLE parted ATTACH PARTITION other FOR VALUES FROM (20) TO (30)',
	'ALTER TABLE parted DETACH PARTITION parted_2',
	'ALTER TABLE parted DETACH PARTITION parted_2 CONCURRENTLY',
	'DROP TABLE parted_2',
	'CREATE INDEX ON parted_2 (a)')
{
	same($ddl, $tables,
		"SET plan_cache_mode = force_generic_plan;\n"
		  . "PREPARE p(int) AS SELECT count(*) AS marker FROM parted WHERE a = \$1;\nEXECUTE p(5);\n"
		  . meanwhile($ddl)
		  . often('EXECUTE p(5)'));
}

# ---- cancel, timeouts ----

look($node, "$tables CREATE TABLE j AS SELECT i AS id, i % 300 AS v FROM generate_series(1, 30000) i;
  ANALYZE j;");

# Plans for a long time; looks expensive, so that it is proved at once; reads little.
my $settings = join '', map { "SET $_;\n" } 'join_collapse_limit = 20', 'geqo = off',
  'seq_page_cost = 1000', 'perfext.what_if_target = 100', "perfext.what_if_timeout = '10s'";
my $many_joins = 'SELECT count(*) AS marker FROM '
  . join(' JOIN ', map { "j j$_" . ($_ > 1 ? ' USING (id)' : '') } 1 .. 10)
  . ' WHERE j1.v = 7 AND j10.v = 7';

sub proofs
{
	return look($node, 'SELECT what_if_proofs FROM perfext.info');
}

# What a session has after the statement was ended in this way.
sub interrupted
{
	my ($how, $end) = @_;

	look($node, 'SELECT perfext.reset()');
	my $session = start_psql($node,
		    "SET application_name = '$how';\n$settings BEGIN; SAVEPOINT s;\n$many_joins;\nROLLBACK TO s;\n"
		  . q{SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 'j'::regclass;}
		  . q{SELECT count(*) FROM pg_backend_memory_contexts WHERE name LIKE 'perfext what-if%';}
		  . "ROLLBACK;\nSELECT 'alive';\n");
	my $pid = backend_pid($node, $how, "state = 'active' AND query LIKE '%marker%'"
		  . " AND now() - query_start > '0.5s'");
	my $start = time;
	look($node, "SELECT $end($pid)");
	my $stderr = finish_psql($session);
	cmp_ok(time - $start, '<', 5, "$how: at once");
	return ($session->{stdout}, $stderr);
}

my ($out, $err) = interrupted('cancel', 'pg_cancel_backend');
like($err, qr/canceling statement due to user request/, 'cancel while proving');
is($out, "0\n0\nalive\n", 'cancel: neither locks nor memory are left, the session goes on');
($out, $err) = interrupted('terminate', 'pg_terminate_backend');
like($err, qr/terminating connection due to administrator command/, 'terminate while proving');
is(look($node, 'SELECT 1'), 1, 'the server lives');

# A statement that its own time suffices for is not cancelled because of what-if: 4 s, or
# four times what it takes without, on a slow machine.
my $took = time;
$node->safe_psql('postgres', "$settings SET perfext.what_if_target = 0;\n$many_joins");
$took = int(4000 * (time - $took));
$took = 4000 if $took < 4000;
look($node, 'SELECT perfext.reset()');
my ($ret, $stdout, $stderr) =
  $node->psql('postgres', "$settings SET statement_timeout = $took;\n" . often($many_joins, 2));
is($stderr, '', 'statement_timeout leaves the statement its time');
is($stdout, "100\n100", 'which it ends in');
look($node, 'SELECT perfext.reset()');
($ret, $stdout, $stderr) = $node->psql('postgres',
	"$settings SET statement_timeout = '2s';\n$many_joins AND pg_sleep(0.01) IS NOT NULL"
	  . ' AND (SELECT pg_sleep(10)) IS NOT NULL;');
like($stderr, qr/canceling statement due to statement timeout/, 'and is obeyed otherwise');

look($node, 'SELECT perfext.reset()');
$node->safe_psql('postgres', "$settings SET perfext.what_if_timeout = '20ms';\n$many_joins");
is(proved($node, 'marker'), 'timeout', 'perfext.what_if_timeout ends it');
is_look($node, 'SELECT what_if_time BETWEEN 1 AND 1000 FROM perfext.info', 't', 'soon');

# ---- its share of the time ----

look($node, 'SELECT perfext.reset()');
$node->safe_psql('postgres',
	"SET perfext.what_if_target = 0;\n" . often('SELECT count(*) AS marker FROM t WHERE a = 5'));
is(proofs(), 0, 'target 0 proves nothing');
look($node, 'SELECT perfext.reset()');
$node->safe_psql('postgres',
	"SET perfext.what_if_target = 1;\n" . join '',
	map { often('SELECT count(*) FROM t WHERE a = 5' . ' AND b >= 0' x $_, 20) } 1 .. 100);
is_look(
	$node, q{SELECT what_if_proofs > 0, what_if_time <= 100 + 0.01 * exec_time + 100
	  FROM perfext.info},
	't|t', 'the share is kept, but for what every backend may spend at first');

# ---- rights ----

look($node, <<'END');
CREATE ROLE owner_of_it LOGIN;
CREATE ROLE stranger LOGIN;
CREATE ROLE reader LOGIN IN ROLE pg_read_all_stats;
CREATE TABLE secrets AS SELECT i AS id, CASE WHEN i % 500 = 0 THEN 'secret' ELSE 'dull' END AS kind,
    CASE WHEN i % 2 = 0 THEN 'owner_of_it' ELSE 'x' END AS who FROM generate_series(1, 30000) i;
ALTER TABLE secrets OWNER TO owner_of_it;
ALTER TABLE secrets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON secrets USING (who = CURRENT_USER);
ANALYZE secrets;
SELECT perfext.reset();
END
{
	local $ENV{PGUSER};
	my $secret = often("SELECT count(*) AS marker FROM secrets WHERE kind = 'secret'");

	# as superuser, without and with the other's rights
	is($node->safe_psql('postgres', "SET perfext.what_if_target = 100; SET ROLE owner_of_it;\n$secret"),
		join("\n", (60) x 40), 'policies hold');
	is( look($node, 'SELECT DISTINCT userid::regrole FROM perfext.index_proofs'),
		'owner_of_it',
		'the proof is the role\'s');
	for my $role (qw(stranger reader owner_of_it))
	{
		my $sees = look($node, <<"END");
SET ROLE $role;
SELECT count(*) FROM perfext.index_proofs WHERE indexes::text LIKE '%secrets%';
END
		is($sees, $role eq 'stranger' ? 0 : 1, "$role and proofs");
		my $literals = look($node, <<"END");
SET ROLE $role;
SELECT count(*) FROM (SELECT p::text FROM perfext.index_proofs p UNION ALL
  SELECT m::text FROM perfext.missing_indexes m UNION ALL
  SELECT r::text FROM perfext.recommendations r UNION ALL
  SELECT s::text FROM perfext.statements s) x(l) WHERE l LIKE '%''secret''%';
END
		is($literals, 0, "$role sees no constant of others") if $role eq 'stranger';
	}
}

is(crashes($node), 0, 'no accidents');

# ---- a standby ----

$node->safe_psql('postgres', 'SELECT perfext.reset()');
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->append_conf('postgresql.conf', 'perfext.what_if_target = 100');
$standby->start;
is( $standby->safe_psql('postgres', 'BEGIN READ ONLY;' . often('SELECT count(*) AS marker FROM t WHERE a = 5') . 'COMMIT'),
	join("\n", (30) x 40),
	'a standby answers');
# A conflict with recovery would end the session there, not only the statement.
is(look($standby, 'SELECT what_if_proofs FROM perfext.info'), 0, 'and proves nothing');
is(crashes($standby), 0, 'no accidents there');
$standby->stop;
$node->stop;

# ---- other modules ----

SKIP:
{
	skip 'pg_stat_statements is not installed', 1 unless have_module('pg_stat_statements');
	for my $libraries ('pg_stat_statements, perfext', 'perfext, pg_stat_statements')
	{
		my $watched = perfext_node(
			'watched_' . ($libraries =~ /^perfext/ ? 'outside' : 'inside'),
			libraries => $libraries . ', auto_explain',
			conf => "pg_stat_statements.track_planning = on\npg_stat_statements.track = all\n"
			  . "auto_explain.log_min_duration = 0\nauto_explain.log_nested_statements = on\n");
		my %seen;

		look($watched, "$tables CREATE EXTENSION pg_stat_statements;
		  CREATE FUNCTION f(x int) RETURNS bigint LANGUAGE plpgsql AS
		  \$\$ BEGIN RETURN (SELECT count(*) FROM t WHERE a = x); END \$\$;");
		for my $target (0, 100)
		{
			look($watched, 'SELECT perfext.reset(), pg_stat_statements_reset()');
			my $log_from = -s $watched->logfile;
			$watched->safe_psql('postgres',
				"SET perfext.what_if_target = $target;\n"
				  . often('SELECT count(*) AS marker FROM t WHERE a = 5')
				  . often('SELECT f(5)')
				  . $prepared
				  . often('EXECUTE p(5)'));
			$seen{$target} = look(
				$watched, q{SELECT query, toplevel, plans, calls, rows FROM pg_stat_statements
				  WHERE query LIKE '%FROM t WHERE%' OR query LIKE '%f(%' ORDER BY 1, 2});
			my $log = slurp_file($watched->logfile, $log_from);
			my @plans = $log =~ /duration: .* plan:/g;
			$seen{$target} .= "\nlogged: " . scalar @plans;
			cmp_ok(look($watched, 'SELECT what_if_proofs FROM perfext.info'),
				'>=', $target > 0 ? 3 : 0, "$libraries: proofs, target $target");
		}
		is($seen{100}, $seen{0}, "$libraries: they see the same");
		is(crashes($watched), 0, "$libraries: no accidents");
		$watched->stop;
	}
}

done_testing();
