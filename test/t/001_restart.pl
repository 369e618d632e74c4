# A restart keeps everything that was recorded; a crash of the postmaster or of
# a backend loses at most what came after the last save.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = perfext_node(
	'main',
	conf => <<'END',
perfext.save_interval = 1h
perfext.node_timing = all
END
	marks => [qw(shop connected early late before_crash)]);

# Waits until a save has begun and ended after all that was recorded so far.
sub wait_for_save
{
	my $now = look($node, 'SELECT clock_timestamp()');

	$node->poll_query_until('postgres',
		"SELECT last_save > '$now' FROM perfext.info")
	  or die 'nothing was saved';
}

$node->safe_psql(
	'postgres', <<'END');
CREATE TABLE shop (id int PRIMARY KEY, price int, name text);
INSERT INTO shop SELECT i, i % 100, 'n' || i FROM generate_series(1, 1000) i;
ANALYZE shop;
SELECT count(*) FROM shop a JOIN shop b USING (id) WHERE a.price < 10;
/* route='/shop',controller='shop' */ SELECT name, price FROM shop WHERE id = 1;
CREATE FUNCTION nested(n int) RETURNS bigint LANGUAGE plpgsql AS
  $$ BEGIN PERFORM 1 FROM shop WHERE id = n; RETURN n; END $$;
SELECT nested(i) FROM generate_series(1, 20) i;
END
# Some that take long enough to fall into different parts of the histogram, one
# that fails, and one sent often, each in a session of its own.
for my $ms (1, 5, 20, 60)
{
	$node->safe_psql('postgres', "SELECT pg_sleep(0.001 * $ms)");
}
$node->psql('postgres', 'SELECT 1 / (price - price) FROM shop');
$node->psql('postgres',
	"SET statement_timeout = '20ms'; SELECT pg_sleep(1), 'timed out'");
mark($node, 'shop') for (1 .. 5);

my $before = dump_views($node);

# What is compared below has something in it.
is_look($node, 'SELECT sum(failures) FROM perfext.statements',
	2, 'both failures were counted');
is_look(
	$node, q{SELECT calls, p50_exec_time >= 1, p99_exec_time >= 50, failures
	  FROM perfext.statements WHERE query LIKE 'SELECT pg_sleep($1 * $2)%'},
	'4|t|t|0', 'percentiles there');
is_look(
	$node,
	q{SELECT count(*) FILTER (WHERE tags IS NOT NULL) FROM perfext.statements},
	1, 'tags there');
is_look(
	$node,
	q{SELECT bool_and(samples > 0 AND plan IS NOT NULL) FROM perfext.plans},
	't', 'plans there');

$node->restart;
my $after = dump_views($node);
for my $view (qw(statements plans plan_nodes info))
{
	isnt($before->{$view}, '', "$view were recorded");
	is($after->{$view}, $before->{$view}, "a restart keeps $view");
}
is_look($node, 'SELECT last_save IS NOT NULL FROM perfext.info',
	't', 'the last save is known');

# Counts go on from where they were.
mark($node, 'shop');
is(marks($node, 'shop'), 6, 'counting goes on after a restart');
is_look(
	$node, q{SELECT s.calls = sum(p.calls)
	  FROM perfext.statements s JOIN perfext.plans p USING (userid, dbid, queryid, toplevel)
	  WHERE query = 'SELECT FROM mark_shop' GROUP BY s.calls},
	't', 'in plans too');

# A fast stop while clients are at work saves what they did until then.
my $client = start_psql($node,
	"SET application_name = 'busy'; SELECT FROM mark_connected; SELECT pg_sleep(600);\n");
backend_pid($node, 'busy', "state = 'active' AND query LIKE '%pg_sleep(600)%'");
$node->stop('fast');
finish_psql($client);
$node->start;
is(marks($node, 'connected'), 1, 'a fast stop saves what connected clients did');

# The postmaster is killed: what was saved is there, what came later is not.
$node->append_conf('postgresql.conf', 'perfext.save_interval = 1s');
$node->reload;
mark($node, 'early') for (1 .. 3);
wait_for_save();
$node->append_conf('postgresql.conf', 'perfext.save_interval = 1h');
$node->restart;
mark($node, 'late');
my $saved = look($node,
	q{SELECT s FROM perfext.statements s WHERE query = 'SELECT FROM mark_early'});
like($saved, qr/early/, 'recorded before the crash');
$node->kill9;
restart_until_it_works($node);
is_look(
	$node, q{SELECT s FROM perfext.statements s WHERE query = 'SELECT FROM mark_early'},
	$saved, 'kill -9 of the postmaster: what was saved is kept');
is(marks($node, 'late'), 0, 'kill -9 of the postmaster: what came after the last save is lost');

# A backend is killed: all others are restarted, the arena is made anew and
# filled from the file.
$node->append_conf('postgresql.conf', 'perfext.save_interval = 1s');
$node->reload;
wait_for_save();
mark($node, 'before_crash');
wait_for_save();
$client = start_psql($node,
	"SET application_name = 'victim'; SELECT pg_sleep(600);\n");
my $pid = backend_pid($node, 'victim', "state = 'active' AND query LIKE '%pg_sleep(600)%'");
my $log_end = -s $node->logfile;
kill 9, $pid;
finish_psql($client);
$node->wait_for_log(qr/all server processes terminated; reinitializing/, $log_end);
$node->poll_query_until('postgres', 'SELECT true');
is_look(
	$node, q{SELECT s FROM perfext.statements s WHERE query = 'SELECT FROM mark_early'},
	$saved, 'kill -9 of a backend: what was saved is kept');
is(marks($node, 'before_crash'), 1, 'kill -9 of a backend: and what was saved last');
mark($node, 'early');
is(marks($node, 'early'), 4, 'kill -9 of a backend: recording goes on');
wait_for_save();
pass('kill -9 of a backend: the saver is back');

# An immediate stop is a crash too.
$node->stop('immediate');
$node->start;
is(marks($node, 'early'), 4, 'an immediate stop keeps what was saved');

# A reset is remembered as well.
$node->safe_psql('postgres', 'SELECT perfext.reset()');
my $reset = look($node, 'SELECT stats_reset FROM perfext.info');
$node->restart;
is_look($node, 'SELECT stats_reset FROM perfext.info',
	$reset, 'a restart keeps the time of the reset');
is(marks($node, 'early'), 0, 'a restart brings nothing back that was reset');

is(crashes($node), 0, 'no accidents');
$node->stop;
done_testing();
