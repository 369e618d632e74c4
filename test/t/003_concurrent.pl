# Many clients at once: every execution is counted exactly once, in statements
# and in plans, also while others read all views, reset and make entries go.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $clients = 8;
my $transactions = 300;
my $total = $clients * $transactions;

my $node = perfext_node('main', conf => <<'END');
max_connections = 40
perfext.save_interval = 1s
END
$node->safe_psql('postgres', <<'END');
CREATE TABLE hot (id int PRIMARY KEY, v int);
INSERT INTO hot SELECT i, 0 FROM generate_series(1, 1000) i;
VACUUM ANALYZE hot;
CREATE FUNCTION nested(n int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. n LOOP PERFORM v FROM hot WHERE id = i; END LOOP;
  RETURN n;
END $$;
END
create_many($node);

my $script = <<'END';
\set k random(1, 1000)
SELECT v FROM hot WHERE id = :k;
UPDATE hot SET v = v + 1 WHERE id = :client_id + 1;
SELECT nested(3);
BEGIN;
SELECT count(*) FROM hot WHERE id < 20;
COMMIT;
END

# What is expected of each statement: calls, rows and calls of its plans (none
# for utility statements).
sub expected
{
	my ($n) = @_;

	return join(
		"\n",
		"BEGIN|t|$n|0|",
		"COMMIT|t|$n|0|",
		"SELECT count(*) FROM hot WHERE id < \$1|t|$n|$n|$n",
		"SELECT nested(\$1)|t|$n|$n|$n",
		"SELECT v FROM hot WHERE id = \$1|t|$n|$n|$n",
		'SELECT v FROM hot WHERE id = i|f|' . 3 * $n . '|' . 3 * $n . '|' . 3 * $n,
		"UPDATE hot|t|$n|$n|$n");
}

my $counts = <<'END';
SELECT q, toplevel, sum(calls), sum(rows), sum(plan_calls)
FROM (SELECT CASE WHEN query LIKE 'UPDATE hot SET v =%' THEN 'UPDATE hot'
    ELSE replace(query, 'from hot where', 'FROM hot WHERE') END AS q, *,
  (SELECT sum(p.calls) FROM perfext.plans p
   WHERE (p.userid, p.dbid, p.queryid, p.toplevel) = (s.userid, s.dbid, s.queryid, s.toplevel))
  AS plan_calls FROM perfext.statements s WHERE calls > 0) x
WHERE q ~ '^(SELECT v FROM hot|UPDATE hot|SELECT nested|SELECT count|BEGIN|COMMIT)'
GROUP BY q, toplevel ORDER BY q COLLATE "C"
END

my $scripts = 0;

sub run_clients
{
	my ($name, $mode) = @_;

	$node->pgbench(
		"-n -c $clients -j 2 -t $transactions -M $mode",
		0,
		[qr{processed: $total/$total}],
		[qr/^(pgbench.*)?\s*$/],
		$name,
		{ 'script_' . ++$scripts => $script });
}

for my $mode (qw(simple prepared))
{
	$node->safe_psql('postgres', 'SELECT perfext.reset()');
	run_clients("$mode protocol", $mode);
	is_look($node, $counts, expected($total), "$mode protocol: all counts are exact");
	is_look($node, 'SELECT dropped FROM perfext.info',
		0, "$mode protocol: nothing was dropped");
}

# pgbench in the background, until it is ended.
sub background
{
	my ($script_text, %arg) = @_;
	my $file = $node->basedir . "/background_$arg{name}";

	open(my $fh, '>', $file) or die "cannot write $file: $!";
	print $fh $script_text;
	close($fh);
	local $ENV{PGOPTIONS} = $arg{options};
	my $output = '';
	my $run = IPC::Run::start(
		[
			'pgbench', '-n', '-c', 1, '-T', 600, '-h', $node->host, '-p',
			$node->port, '-f', $file, 'postgres'
		],
		'<', \undef, '>', \$output, '2>', \$output);
	return { run => $run, output => \$output };
}

sub end_background
{
	my ($self) = @_;

	ok($self->{run}->pumpable, 'was at work all the time')
	  or diag ${ $self->{output} };
	$self->{run}->signal('TERM');
	$self->{run}->finish;
}

# The same while one session reads everything in a loop and another resets a
# statement that is none of these.
my $reader = <<'END';
SELECT sum(length(s::text)) FROM perfext.statements s;
SELECT sum(length(p::text)) FROM perfext.plans p;
SELECT sum(length(n::text)) FROM perfext.plan_nodes n;
SELECT * FROM perfext.info;
END
my $resetter = <<'END';
SELECT perfext.reset(0, 0, queryid), pg_sleep(0.001)
FROM perfext.statements WHERE query LIKE '%mark_other%';
SELECT perfext.reset(0, 0, 12345);
SELECT perfext.reset(4711, 0, 0);
END

look($node, 'CREATE TABLE mark_other ()');
$node->safe_psql('postgres', 'SELECT perfext.reset()');
my @background = (
	background($reader, name => 'reader', options => '-c perfext.enabled=off'),
	background(
		$resetter,
		name => 'resetter',
		options => '-c perfext.enabled=off'),
	background("SELECT FROM mark_other;\n", name => 'other', options => ''));
run_clients('while others read and reset', 'simple');
end_background($_) for @background;
my $n_dropped = look($node, 'SELECT dropped FROM perfext.info');
is($n_dropped, 0, 'read and reset: nothing was dropped');
is_look($node, $counts, expected($total),
	'read and reset: all counts are exact');
is_look(
	$node,
	'SELECT count(*) FROM perfext.statements WHERE query IS NULL',
	0, 'read and reset: every statement has its text');

# And in an arena that is too small for what another session executes: what the
# clients use all the time stays.  (They begin before it gets crowded: a statement
# that was called only once or twice may go.  Of those that make the crowd some
# may be dropped.)
$node->append_conf('postgresql.conf', "perfext.shared_memory = 2MB\n");
$node->restart;
$node->safe_psql('postgres', 'SELECT perfext.reset()');
run_clients('before entries are evicted', 'simple');
my $many = "\\set start random(1, 60000)\nSELECT many(:start, 20);\n";
@background = (
	background($many, name => 'many1', options => '-c perfext.node_timing=off'),
	background($many, name => 'many2', options => ''),
	background($reader, name => 'reader', options => '-c perfext.enabled=off'));
run_clients('while entries are evicted', 'simple');
end_background($_) for @background;
is_look($node, 'SELECT evicted > 100 FROM perfext.info',
	't', 'eviction: statements were evicted');
is_look(
	$node,
	'SELECT statements <= max_statements AND memory_used_bytes <= memory_bytes'
	  . ' FROM perfext.info',
	't',
	'eviction: the arena stays within its bounds');
is_look(
	$node,
	"SELECT q, toplevel, calls, rows FROM ($counts) x (q, toplevel, calls, rows)",
	join("\n", map { s/\|[^|]*$//r } split(/\n/, expected(2 * $total))),
	'eviction: counts of what is always used are exact');

# What the arena holds survives all of that.
my $before = dump_views($node);
$node->restart;
my $after = dump_views($node);
is($after->{$_}, $before->{$_}, "a restart keeps $_")
  for qw(statements plans plan_nodes info);

is(crashes($node), 0, 'no accidents');
$node->stop;
done_testing();
