# On a standby everything is recorded that is read there; nothing is written to
# tables, it survives a restart, and a promotion.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = perfext_node(
	'primary',
	init => { allows_streaming => 1 },
	conf => "perfext.save_interval = 1h\nperfext.node_timing = all\n",
	marks => [qw(primary standby promoted)]);
$primary->safe_psql('postgres', <<'END');
CREATE TABLE t AS SELECT i AS id, i % 10 AS g FROM generate_series(1, 1000) i;
CREATE FUNCTION nested() RETURNS bigint LANGUAGE plpgsql AS
  $$ BEGIN RETURN (SELECT count(*) FROM t WHERE g = 1); END $$;
END
mark($primary, 'primary') for (1 .. 3);
$primary->backup('base');

my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
is($standby->safe_psql('postgres', 'SELECT pg_is_in_recovery()'),
	't', 'the standby is one');
is_look($standby, 'SELECT perfext.reset() IS NOT NULL', 't', 'reset works there');

mark($standby, 'standby') for (1 .. 5);
$standby->safe_psql('postgres', 'SELECT nested()') for (1 .. 2);
$standby->psql('postgres', 'CREATE TABLE fails ()');
$standby->psql('postgres', 'SELECT 1 / (g - g) FROM t');
is(marks($standby, 'standby'), 5, 'statements are recorded');
is_look(
	$standby, q{SELECT calls FROM perfext.statements
	  WHERE NOT toplevel AND query LIKE '%count(*) FROM t WHERE g = $1%'},
	2, 'nested ones too');
is_look($standby, 'SELECT sum(failures) FROM perfext.statements',
	2, 'and failures');
is_look(
	$standby, q{SELECT count(*) > 0, bool_and(samples > 0 AND relname IS NOT NULL)
	  FROM perfext.plan_nodes WHERE node_type = 'Seq Scan' AND relname = 't'},
	't|t', 'plans and nodes too');
is(marks($primary, 'standby'), 0, 'the primary knows nothing of it');

my $before = dump_views($standby);
$standby->restart;
my $after = dump_views($standby);
is($after->{$_}, $before->{$_}, "a restart of the standby keeps $_")
  for qw(statements plans plan_nodes info);

# The saver works during recovery.
$standby->append_conf('postgresql.conf', 'perfext.save_interval = 1s');
$standby->reload;
mark($standby, 'standby');
my $now = look($standby, 'SELECT clock_timestamp()');
ok( $standby->poll_query_until('postgres',
		"SELECT last_save > '$now' FROM perfext.info"),
	'the standby saves while it runs');
$standby->append_conf('postgresql.conf', 'perfext.save_interval = 1h');
$standby->restart;
$standby->kill9;
restart_until_it_works($standby);
is(marks($standby, 'standby'), 6, 'kill -9 of the standby: what was saved is kept');

$standby->promote;
$standby->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()');
is(marks($standby, 'standby'), 6, 'promotion keeps everything');
mark($standby, 'promoted');
$standby->safe_psql('postgres', 'INSERT INTO t VALUES (0, 0)');
is(marks($standby, 'promoted'), 1, 'recording goes on');
is_look(
	$standby, q{SELECT calls, rows, wal_records > 0, commits FROM perfext.statements
	  WHERE query LIKE 'INSERT INTO t VALUES%'},
	'1|1|t|1', 'of writing statements too');

is(crashes($_), 0, 'no accidents') for ($primary, $standby);
$standby->stop;
$primary->stop;
done_testing();
