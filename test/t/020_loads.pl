# Loads over several sessions and restarts: what others see at once, what a
# session's end brings in, streams and runs, what is kept and what is forgotten.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = perfext_node('main', conf => "perfext.shared_memory = 2MB\nperfext.save_interval = 1h\n");

look($node, 'CREATE TABLE t (id int, a text)');
look($node, 'CREATE TABLE u (id int)');

sub load
{
	my ($columns, $where) = @_;

	return look($node,
		"SELECT $columns FROM perfext.etl_loads WHERE relname = 't' AND operation = 'insert' $where");
}

# Gives a session something to do and waits until it is done.
sub give
{
	my ($session, $sql) = @_;
	my $done = 'done ' . ++$session->{given};

	$session->{stdin} .= "$sql;\n\\echo $done\n";
	$session->{run}->pump until $session->{stdout} =~ /^$done$/m;
}

# What a session has done is seen by others while it is idle.
my $session = start_psql($node, '');
give($session, "INSERT INTO t VALUES ($_, 'x')") for (1 .. 5);
is(load('statements, rows, runs, rows_per_commit, commits', "AND shape = 'row'"),
	'5|5|1|1|5', 'five inserts of an idle session are all there, and their commits');
my $n = 5;
for my $more (1, 10, 1, 6, 15, 16, 17, 40)
{
	give($session, "INSERT INTO t VALUES ($_, 'x')") for (1 .. $more);
	$n += $more;
	is(load('statements, rows, commits', "AND shape = 'row'"), "$n|$n|$n", "so are $more more");
}
# Two loads in turn; another session at the same load
give($session, "INSERT INTO t VALUES ($_, 'x');
INSERT INTO u VALUES ($_)") for (1 .. 20);
$node->safe_psql('postgres', join('', map { "INSERT INTO t VALUES ($_, 'x');
" } (1 .. 20)));
give($session, "INSERT INTO t VALUES ($_, 'x')") for (1 .. 3);
$n += 43;
is(load('statements, rows, commits, runs', "AND shape = 'row'"), "$n|$n|$n|2", 'nothing is lost or there twice');
is(load('max_time <= total_time', "AND shape = 'row'"), 't', 'the longest is one of them');
# What was forgotten is not brought back by those who still have some of it.
give($session, "INSERT INTO t VALUES ($_, 'x')") for (1 .. 10);
look($node, "SELECT perfext.reset_kind('loads')");
give($session, "INSERT INTO t VALUES ($_, 'x')") for (1 .. 4);
is(load('statements, rows, commits', "AND shape = 'row'"), '4|4|4', 'forgotten in the middle');
finish_psql($session);
is(load('statements, rows, commits', "AND shape = 'row'"), '4|4|4', 'and after the end of the session');
look($node, 'TRUNCATE u');

# A stream: statements one after the other, transactions included; a query ends it.
look($node, "SELECT perfext.reset_kind('loads')");
$node->safe_psql('postgres', join('', map { "INSERT INTO t VALUES ($_, 'x');\n" } (1 .. 120)));
is(load('statements, stream_statements', "AND shape = 'row'"), '120|120', 'a stream');
$node->safe_psql('postgres',
	join('', map { "BEGIN;\nINSERT INTO t VALUES ($_, 'x');\nCOMMIT;\n" } (1 .. 60)));
is(load('statements, stream_statements, runs', "AND shape = 'row'"),
	'180|180|2', 'with transactions of its own');
$node->safe_psql('postgres',
	join('', map { "INSERT INTO t VALUES ($_, 'x');\nSELECT $_;\n" } (1 .. 60)));
is(load('statements, stream_statements, runs', "AND shape = 'row'"),
	'240|180|3', 'no stream: somebody who reads in between');

# Batch sizes are learnt from what was seen.
is( load(
		'learnt_from, recommended_batch_rows > 1, projected_rows_per_second > rows_per_second',
		"AND shape = 'row'"),
	'the parts of one size|t|t',
	'one size');
$node->safe_psql(
	'postgres',
	join('',
		map { 'INSERT INTO t VALUES ' . join(', ', ("(1, 'x')") x (2 + $_ % 20)) . ";\n" }
		  (1 .. 200)));
is( load(
		'learnt_from, recommended_batch_rows BETWEEN 20 AND 65535 / 2,'
		  . ' recommended_commit_rows >= recommended_batch_rows,'
		  . ' statement_cost > 0, row_cost > 0, projected_rows_per_second > rows_per_second',
		"AND shape = 'values'"),
	'statements of different sizes|t|t|t|t|t',
	'several sizes');

# Sessions at once: nothing is lost, and nothing waits.
# The client's way is the load's whatever it says: here 10 ms of 20 before COMMIT and BEGIN.
my $program = $node->basedir . '/program.sql';
look($node, "SELECT perfext.reset_kind('loads')");
append_to_file($program, "BEGIN;\nINSERT INTO t VALUES (1, 'x');\n\\sleep 5 ms\nCOMMIT;\n\\sleep 5 ms\n");
$node->command_ok([ 'pgbench', '-n', '-t', '100', '-f', $program, 'postgres' ], 'a slow line');
is(load('client_gap_time >= 900, rows_per_second < 110, projected_rows_per_second > 200', "AND shape = 'row'"),
	't|t|t', 'gaps before BEGIN and COMMIT count');

# Who waits for what is to be written would wait with batches, too.
look($node, "SELECT perfext.reset_kind('loads')");
unlink $program;
append_to_file($program, "\\set ms random_exponential(0, 60, 4)\n\\sleep :ms ms\nINSERT INTO t VALUES (1, 'x');\n");
$node->command_ok([ 'pgbench', '-n', '-t', '250', '-f', $program, 'postgres' ], 'a queue');
is(load('projected_rows_per_second < 10 * rows_per_second', "AND shape = 'row'"),
	't', 'and no rate is promised that its rows do not come at');

look($node, "SELECT perfext.reset_kind('loads')");
my $dropped = look($node, 'SELECT dropped FROM perfext.info');
my $script = PostgreSQL::Test::Utils::tempdir() . '/insert.sql';
append_to_file($script, "INSERT INTO t VALUES (1, 'x');\n");
$node->command_ok([ 'pgbench', '-n', '-c', '8', '-j', '2', '-t', '500', '-f', $script, 'postgres' ],
	'inserts of eight sessions');
is(load('statements, rows, commits, runs', "AND shape = 'row'"), '4000|4000|4000|8', 'all are counted');
is_look($node, "SELECT dropped - $dropped FROM perfext.info", '0', 'and none was dropped');

# Terminated in a transaction: what ran is counted, nothing was committed.
my $terminated = start_psql($node, '');
give($terminated, "SET application_name = 'terminated'");
give($terminated, 'BEGIN');
give($terminated, 'INSERT INTO u VALUES (1)');
look($node, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'terminated'");
is_look($node, "SELECT statements, rows, commits FROM perfext.etl_loads WHERE relname = 'u'",
	'1|1|0', 'a terminated session');
eval { finish_psql($terminated) };

# A restart keeps everything.
my $all = 'SELECT md5(string_agg(l::text, chr(10) ORDER BY l::text)), count(*) FROM perfext.etl_loads() AS l';
my $before = look($node, $all);
$node->restart;
is_look($node, $all, $before, 'a restart keeps loads');

# More targets than there is room for: the oldest go, and the arena stays as it is.
look($node, "SELECT perfext.reset_kind('loads')");
my $memory = look($node, 'SELECT memory_bytes FROM perfext.info');
$node->safe_psql('postgres',
	join('', map { "CREATE TABLE many_$_ (id int);\nINSERT INTO many_$_ VALUES (1);\n" } (1 .. 300)));
is_look($node, "SELECT count(*) BETWEEN 10 AND 290, bool_or(relname = 'many_300'), bool_or(relname = 'many_1')"
	  . " FROM perfext.etl_loads WHERE relname ~ '^many_'",
	't|t|f', 'the oldest are forgotten');
is_look($node, "SELECT memory_bytes - $memory, memory_used_bytes <= memory_bytes FROM perfext.info",
	'0|t', 'in the same memory');
$node->restart;
is_look($node, "SELECT bool_or(relname = 'many_300') FROM perfext.etl_loads", 't', 'and saved');

# Resets: of a database and of everything; those of users and statements leave loads alone.
look($node, 'CREATE DATABASE other');
look($node, 'CREATE TABLE t (id int)', 'other');
$node->safe_psql('other', 'INSERT INTO t VALUES (1)');
$node->safe_psql('postgres', 'INSERT INTO u VALUES (1)');
my $counts = "SELECT count(*) FILTER (WHERE relname = 'u'), count(*) FILTER (WHERE relname = 't') FROM perfext.etl_loads";
look($node, 'SELECT perfext.reset(userid => 10)');
look($node, 'SELECT perfext.reset(queryid => 10)');
is_look($node, $counts, '1|1', 'kept by resets of a user and a statement');
look($node, "SELECT perfext.reset(dbid => (SELECT oid FROM pg_database WHERE datname = 'other'))");
is_look($node, $counts, '1|0', 'reset of a database');
look($node, 'SELECT perfext.reset()');
is_look($node, $counts, '0|0', 'reset of everything');

# Errors where a load is noted: the slot's table is gone when VACUUM has ended.
$node->safe_psql('postgres', 'CREATE TABLE gone (id int); DROP TABLE gone; VACUUM t; REINDEX TABLE CONCURRENTLY t');
is_look($node, "SELECT string_agg(operation, ' ' ORDER BY operation) FROM perfext.etl_loads WHERE relname = 't'",
	'reindex vacuum', 'what ends its own transactions');

done_testing();
