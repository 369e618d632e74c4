# Settings: an arena that is too small is refused with the least that works; the
# least that is allowed does work; recording can be switched off and on.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = perfext_node('main', conf => "perfext.save_interval = 1h\n",
	marks => [qw(on off again session)]);
create_many($node);

# Too small, by ALTER SYSTEM: refused at once.
my $least;
for my $size ('100kB', '0', '1', '1023kB')
{
	my ($ret, $out, $err) = $node->psql('postgres', "ALTER SYSTEM SET perfext.shared_memory = '$size'");
	like($err, qr/ERROR:  invalid value for parameter "perfext.shared_memory": \d+/,
		"ALTER SYSTEM: $size is refused");
	like($err, qr/HINT:  .*least.* (\d+kB)/, "ALTER SYSTEM: $size: the hint names the least");
	($least) = $err =~ /HINT:  .*least.* (\d+kB)/;
}
like($least, qr/^\d+kB$/, 'the least is known');

# In postgresql.conf: the server says so and goes on with what is the default, as
# it does with every setting of an extension.
sub is_refused_at_start
{
	my ($name, $value, $hint) = @_;
	my $log_end = -s $node->logfile;

	$node->stop;
	$node->append_conf('postgresql.conf', "$name = $value\n");
	ok($node->start(fail_ok => 1), "$name = $value: the server starts");
	my $log = slurp_file($node->logfile, $log_end);
	like($log, qr/WARNING: .*"\Q$name\E"/, "$name = $value: the log has a WARNING");
	like($log, qr/HINT: .*$hint/, "$name = $value: and a hint") if defined $hint;
	isnt(look($node, "SHOW $name"), $value, "$name = $value: it is not used")
	  if $name ne 'perfext.no_such_setting';
	$node->adjust_conf('postgresql.conf', $name, undef);
}
is_refused_at_start('perfext.shared_memory', '100kB', $least);
is_refused_at_start('perfext.track', 'some', 'Available values: none, top, all');
is_refused_at_start('perfext.save_interval', '0');
is_refused_at_start('perfext.no_such_setting', '1');
$node->stop;

# The least works: with more statements than it can hold, all of them new.
$node->append_conf('postgresql.conf', "perfext.shared_memory = '$least'\nperfext.node_timing = all\n");
ok($node->start(fail_ok => 1), "a server with $least starts") or BAIL_OUT('no server');
look($node, 'SELECT perfext.reset()');
my $bytes = look($node, 'SELECT memory_bytes FROM perfext.info');
is($bytes, ($least =~ s/kB//r) * 1024, 'the arena is as large as it was set');
my ($ret, $out, $err) = $node->psql('postgres', 'SELECT many(0, 20000)');
is($ret, 0, '20000 distinct statements: no error');
is($err, '', 'and no word');
is_look($node, 'SELECT memory_bytes FROM perfext.info', $bytes, 'the arena has not grown');
is_look(
	$node, 'SELECT memory_used_bytes <= memory_bytes, statements <= max_statements,'
	  . ' plans <= max_plans, nodes <= max_nodes, statements > 50 FROM perfext.info',
	't|t|t|t|t', 'it stays within its bounds, and holds something');
is_look($node, 'SELECT evicted + statements >= 20000 FROM perfext.info',
	't', 'evictions are counted');
is_look($node, 'SELECT dropped FROM perfext.info', 0, 'nothing is dropped');
is_look($node, 'SELECT max_overhead_time > 0 FROM perfext.info',
	't', 'the longest time inside perfext is told');
note 'max_overhead_time: ' . look($node, 'SELECT max_overhead_time FROM perfext.info');
is_look(
	$node, q{SELECT calls FROM perfext.statements WHERE query LIKE 'SELECT many(%'},
	1, 'the statement that did it is still known');
mark($node, 'on') for (1 .. 3);
is(marks($node, 'on'), 3, 'statements after that are recorded');
is_look($node, 'SELECT count(*) FROM perfext.statements WHERE query IS NULL',
	0, 'every statement has its text');

# A plan larger than what there is, many long texts, many plans of a statement.
my $long = 'SELECT ' . join(' + ', map { "length('constant $_')" } 1 .. 2000);
$node->safe_psql('postgres', "$long, $_" . ', 1' x $_) for (1 .. 30);
$node->safe_psql('postgres',
	'SELECT count(*) FROM (' . join(' UNION ALL ', map { "SELECT $_ FROM mark_on WHERE random() < $_" } 1 .. 300) . ') x')
  for (1 .. 3);
mark($node, 'again') for (1 .. 3);
is(marks($node, 'again'), 3, 'long texts and plans: statements after that are recorded');
is_look($node, 'SELECT memory_used_bytes <= memory_bytes FROM perfext.info',
	't', 'and the arena stays within its bounds');
my $before = dump_views($node);
$node->restart;
my $after = dump_views($node);
is($after->{$_}, $before->{$_}, "a restart of a full arena keeps $_")
  for qw(statements plans plan_nodes info);

# From small to large and back: what was saved is kept as far as it fits.
$node->adjust_conf('postgresql.conf', 'perfext.shared_memory', "'8MB'");
$node->restart;
is_look($node, 'SELECT memory_bytes FROM perfext.info', 8 * 1024 * 1024, 'a larger arena');
is(dump_views($node)->{$_}, $before->{$_}, "a larger arena keeps $_")
  for qw(statements plans plan_nodes);
$node->safe_psql('postgres', 'SELECT many(30000, 2000)');
$node->adjust_conf('postgresql.conf', 'perfext.shared_memory', "'$least'");
$node->restart;
is_look($node, 'SELECT statements > 50 AND memory_used_bytes <= memory_bytes FROM perfext.info',
	't', 'a smaller arena keeps what fits');
$node->safe_psql('postgres', 'SELECT many(0, 2000)');
is_look($node, 'SELECT dropped FROM perfext.info', 0, 'and goes on');

# Off and on.
$node->adjust_conf('postgresql.conf', 'perfext.shared_memory', "'8MB'");
$node->restart;
look($node, 'SELECT perfext.reset()');
mark($node, 'off');
$node->append_conf('postgresql.conf', 'perfext.enabled = off');
$node->reload;
$node->poll_query_until('postgres', 'SHOW perfext.enabled', 'off');
mark($node, 'off') for (1 .. 3);
is(marks($node, 'off'), 1, 'enabled = off: nothing is recorded, what was is kept');
$node->safe_psql('postgres', 'SET perfext.enabled = on; SELECT FROM mark_session');
is(marks($node, 'session'), 1, 'a session can switch it on');
$node->append_conf('postgresql.conf', 'perfext.enabled = on');
$node->reload;
$node->poll_query_until('postgres', 'SHOW perfext.enabled', 'on');
mark($node, 'off');
is(marks($node, 'off'), 2, 'enabled = on again: it goes on');

# In the middle of statements that have begun.
$node->safe_psql(
	'postgres', <<'END');
BEGIN;
DECLARE c CURSOR FOR SELECT i FROM generate_series(1, 10) i;
FETCH 2 FROM c;
SET perfext.enabled = off;
FETCH 2 FROM c;
SET perfext.enabled = on;
FETCH 2 FROM c;
SET perfext.track = 'none';
COMMIT;
DO $$ BEGIN SET perfext.track = 'top'; PERFORM FROM mark_again; SET perfext.enabled = off; END $$;
SELECT FROM mark_again;
SET perfext.enabled = on;
DO $$ BEGIN SET perfext.track = 'all'; PERFORM FROM mark_again; END $$;
END
pass('settings may change at any moment');
is_look(
	$node, q{SELECT toplevel, calls FROM perfext.statements WHERE query ILIKE '%FROM mark_again'},
	'f|1', 'and count at once');

is(crashes($node), 0, 'no accidents');
$node->stop;
done_testing();
