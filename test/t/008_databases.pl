# Several databases and users: what is recorded is the cluster's, each row says
# whose it is, and text, plan and tags of others' statements are only for
# members of pg_read_all_stats.  The extension can be dropped and created while
# clients are at work.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = perfext_node('main', conf => <<'END');
perfext.node_timing = all
perfext.save_interval = 1h
END

look($node, 'CREATE ROLE alice LOGIN');
look($node, 'CREATE ROLE bob LOGIN');
look($node, 'CREATE ROLE monitor LOGIN IN ROLE pg_read_all_stats');
for my $database (qw(one two))
{
	look($node, "CREATE DATABASE $database");
	look(
		$node,
		'CREATE EXTENSION perfext; CREATE TABLE t (id int, secret text);'
		  . ' GRANT ALL ON t TO PUBLIC; CREATE INDEX ON t (id)',
		$database);
}

sub as
{
	my ($user, $database, $sql) = @_;
	local $ENV{PGUSER} = $user;

	return $node->safe_psql($database, $sql);
}

# The same query in two databases by two users.
as('alice', 'one', "/* action='alices' */ SELECT secret FROM t WHERE secret = 'x'") for (1 .. 2);
as('alice', 'two', "SELECT secret FROM t WHERE secret = 'x'") for (1 .. 3);
as('bob', 'one', "SELECT secret FROM t WHERE secret = 'x'") for (1 .. 4);

my $rows = <<'END';
SELECT datname, rolname, calls, query IS NOT NULL AND query LIKE '%secret FROM t%',
  tags IS NOT NULL,
  (SELECT bool_and(plan IS NOT NULL) FROM perfext.plans p
   WHERE (p.userid, p.dbid, p.queryid) = (s.userid, s.dbid, s.queryid)),
  (SELECT bool_or(filter IS NOT NULL) FROM perfext.plan_nodes n
   WHERE (n.userid, n.dbid, n.queryid) = (s.userid, s.dbid, s.queryid))
FROM perfext.statements s JOIN pg_database d ON d.oid = dbid JOIN pg_roles r ON r.oid = userid
WHERE rolname IN ('alice', 'bob') AND calls > 1 AND toplevel ORDER BY 1, 2
END
my $everything = "one|alice|2|t|t|t|t\none|bob|4|t|f|t|t\ntwo|alice|3|t|f|t|t";

is_look($node, $rows, $everything, 'a superuser sees everything');
is_look($node, $rows, $everything, 'from any database', 'two');
for my $database (qw(one two))
{
	is(as('monitor', $database, $rows), $everything,
		"pg_read_all_stats sees everything from database $database");
}
# What a user asks is itself recorded, so that each asks only once here.
is(as('alice', 'one', $rows), <<'END' =~ s/\n\z//r, 'alice sees her own, wherever she ran it');
one|alice|2|t|t|t|t
one|bob|4|f|f|f|f
two|alice|3|t|f|t|t
END
is(as('bob', 'two', $rows), <<'END' =~ s/\n\z//r, 'bob sees his own');
one|alice|2|f|f|f|f
one|bob|4|t|f|t|t
two|alice|3|f|f|f|f
END

# No column that comes from a text tells what alice asked for.
look($node, 'SELECT perfext.reset()');
as('alice', 'one', <<'END');
/* action='hidden_tag' */ SELECT t.secret AS hidden_alias FROM t WHERE t.secret = 'hidden_constant' ORDER BY t.secret;
SELECT count(*) FROM t hidden_table JOIN t b ON b.id = hidden_table.id AND b.secret LIKE '%hidden_constant%';
END
for my $view (
	split(
		/\n/,
		look(
			$node,
			q{SELECT quote_ident(relname) FROM pg_class
			  WHERE relnamespace = 'perfext'::regnamespace AND relkind = 'v'
			  AND has_table_privilege('bob', oid, 'SELECT') ORDER BY relname},
			'one')))
{
	my $sql = "SELECT count(*) FROM perfext.$view v WHERE v::text ~ 'hidden_'";
	is(as('bob', 'one', $sql), 0, "bob finds nothing of alice's text in $view");
	is( as('monitor', 'one', "SELECT count(*) FROM perfext.$view v WHERE v::text ~ 'hidden_constant'"),
		0,
		"nobody finds constants in $view");
}
is(as('monitor', 'one', "SELECT count(*) > 0 FROM perfext.statements v WHERE v::text ~ 'hidden_'"),
	't', 'the text is there to be found');

# Resetting is not for everybody.
for my $call ('reset()', "reset_kind('plans')", 'reset(0, 0, 0, true)')
{
	local $ENV{PGUSER} = 'monitor';
	my ($ret, $out, $err) = $node->psql('one', "SELECT perfext.$call");
	like($err, qr/permission denied for function/, "perfext.$call is not for PUBLIC");
}
look($node, 'GRANT EXECUTE ON FUNCTION perfext.reset(oid, oid, bigint, boolean) TO bob', 'one');
my $alice = look($node, "SELECT 'alice'::regrole::oid");
my $two = look($node, "SELECT oid FROM pg_database WHERE datname = 'two'");
as('bob', 'two', "SELECT secret FROM t WHERE secret = 'x'");
as('alice', 'two', "SELECT secret FROM t WHERE secret = 'x'");
as('alice', 'one', "SELECT secret FROM t WHERE secret = 'x'");
as('bob', 'one', "SELECT perfext.reset($alice, $two)");
is_look(
	$node, "SELECT datname, rolname FROM perfext.statements s
	  JOIN pg_database d ON d.oid = dbid JOIN pg_roles r ON r.oid = userid
	  WHERE query LIKE 'SELECT secret FROM t WHERE%' ORDER BY 1, 2",
	"one|alice\ntwo|bob", 'reset of one user in one database, by one who was allowed to');
for my $setting ('perfext.enabled = off', "perfext.track = 'none'", "perfext.node_timing = 'off'",
	'perfext.overhead_target = 50', 'perfext.track_utility = off')
{
	local $ENV{PGUSER} = 'bob';
	my ($ret, $out, $err) = $node->psql('one', "SET $setting");
	like($err, qr/permission denied to set parameter/, "SET $setting is not for everybody");
}

# A user or database that is gone: its rows stay, and nothing fails.
look($node, 'DROP DATABASE two');
look($node, 'REVOKE ALL ON t FROM bob; DROP OWNED BY bob; DROP ROLE bob', 'one');
is_look($node, "SELECT count(*) > 0 FROM perfext.statements WHERE dbid = $two",
	't', 'rows of a dropped database stay');
for my $view (qw(statements plans plan_nodes info))
{
	look($node, "SELECT count(*) FROM perfext.$view v WHERE v::text <> ''");
}
pass('all views can still be read');

# DROP EXTENSION and CREATE EXTENSION while clients are at work.
look($node, 'SELECT perfext.reset()');
my $file = $node->basedir . '/script';
append_to_file($file, "SELECT count(*) FROM t WHERE id = 1;\n");
my $output = '';
my $pgbench = IPC::Run::start(
	[
		'pgbench', '-n', '-c', 4, '-j', 2, '-t', 2000, '-h', $node->host, '-p',
		$node->port, '-f', $file, 'one'
	],
	'<', \undef, '>', \$output, '2>', \$output);
$node->safe_psql('one', 'DROP EXTENSION perfext; CREATE EXTENSION perfext') for (1 .. 10);
$pgbench->finish;
like($output, qr{processed: 8000/8000}, 'no client was disturbed');
is_look(
	$node, "SELECT calls FROM perfext.statements WHERE query LIKE 'SELECT count(*) FROM t WHERE id = %'",
	8000, 'and every call was counted', 'one');
is_look($node, 'SELECT dropped FROM perfext.info', 0, 'nothing was dropped');

is(crashes($node), 0, 'no accidents');
$node->stop;
done_testing();
