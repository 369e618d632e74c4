# Without preloading CREATE EXTENSION works, and every function says what to set
# and where; loading the library in a session does no harm.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = perfext_node('main', libraries => '', no_extension => 1);
my ($ret, $out, $err) = $node->psql('postgres', 'CREATE EXTENSION perfext');
is($ret, 0, 'CREATE EXTENSION works');
is($err, '', 'without a word');

# Functions with an answer that needs the library; text about SQL alone may work.
my @functions = split(
	/\n/,
	$node->safe_psql(
		'postgres', <<'END'));
SELECT format('SELECT * FROM perfext.%I(%s)', proname,
  (SELECT string_agg('NULL::' || t::regtype, ', ' ORDER BY n)
   FROM unnest(proargtypes) WITH ORDINALITY a (t, n)))
FROM pg_proc p JOIN pg_language l ON l.oid = prolang
WHERE pronamespace = 'perfext'::regnamespace AND lanname = 'c'
  AND prorettype <> 'trigger'::regtype AND NOT (proisstrict AND pronargs > 0)
END
push @functions, "SELECT perfext.reset()", "SELECT perfext.reset_kind('plans')",
  'SELECT perfext.reset(0, 0, 0, true)';
# (a rule or suspicion by itself may find that there is nothing to ask for; the list of rules is fixed)
my @views = split(
	/\n/,
	$node->safe_psql(
		'postgres', <<'END'));
SELECT 'SELECT * FROM perfext.' || quote_ident(relname) FROM pg_class
WHERE relnamespace = 'perfext'::regnamespace AND relkind = 'v' AND relname !~ '^(rule|suspected)'
END
cmp_ok(scalar(@functions), '>=', 6, 'there are functions');
cmp_ok(scalar(@views), '>=', 4, 'there are views');

sub all_say_it
{
	my ($when, $prelude) = @_;

	for my $sql (@functions, @views)
	{
		# the list of rules is text: nothing recorded is in it
		next if $sql =~ /FROM perfext\.rules$/;
		($ret, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$prelude$sql");
		my $ok = $err =~ /ERROR:  55000: perfext must be loaded via shared_preload_libraries/
		  && $err =~ /HINT:  .*shared_preload_libraries.*postgresql\.conf.*restart/s;
		ok($ok, "$when: $sql") or diag $err;
	}
}

all_say_it('not loaded', '');
all_say_it('loaded by the session', "LOAD 'perfext';\n");

# LOAD does no harm.
is( $node->safe_psql('postgres',
		"LOAD 'perfext'; CREATE TABLE t AS SELECT 1 AS i; SELECT * FROM t; DROP TABLE t;"),
	1,
	'statements work in a session that loaded it');
$node->append_conf('postgresql.conf', "session_preload_libraries = 'perfext'");
$node->reload;
is($node->safe_psql('postgres', 'SELECT 42'), 42, 'session_preload_libraries does no harm');
$node->safe_psql('postgres', "SET perfext.enabled = off; SELECT 1");
pass('settings of it are taken before it is loaded');

is($node->safe_psql('postgres', 'DROP EXTENSION perfext; CREATE EXTENSION perfext; SELECT 1'),
	1, 'DROP EXTENSION and CREATE EXTENSION work');
ok(!-e $node->data_dir . '/pg_stat/perfext.stat', 'nothing is saved');

# Preloaded but not created: recording works, and the numbers are there later.
$node->safe_psql('postgres', 'DROP EXTENSION perfext');
$node->append_conf('postgresql.conf', <<'END');
session_preload_libraries = ''
shared_preload_libraries = 'perfext'
END
$node->restart;
$node->safe_psql('postgres', 'CREATE TABLE early (); SELECT FROM early');
$node->safe_psql('postgres', 'CREATE EXTENSION perfext');
is_look(
	$node, q{SELECT calls FROM perfext.statements WHERE query = 'SELECT FROM early'},
	1, 'preloaded: recorded also before CREATE EXTENSION');

# The schema is part of it: it goes and comes with the extension.
is( $node->safe_psql(
		'postgres', "DROP EXTENSION perfext; SELECT to_regnamespace('perfext') IS NULL"),
	't', 'DROP EXTENSION leaves nothing');
$node->psql('postgres', 'CREATE EXTENSION perfext SCHEMA public');
is( $node->safe_psql(
		'postgres', "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"),
	0, 'it never is in another schema');

is(crashes($node), 0, 'no accidents');
$node->stop;
done_testing();
