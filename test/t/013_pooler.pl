# Clients that share few backends through a pooler in transaction mode: all is
# counted, for their own users and databases.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($pgbouncer) = grep { -x } map { "$_/pgbouncer" } split(/:/, $ENV{PATH}), '/usr/sbin', '/usr/local/sbin';
plan skip_all => 'pgbouncer is not installed' unless $pgbouncer;
plan skip_all => 'pgbouncer does not run as root' if $> == 0;

my $node = perfext_node('main', conf => "perfext.save_interval = 1h\n");
$node->safe_psql('postgres', <<'END');
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT i, 0 FROM generate_series(1, 100) i;
CREATE ROLE alice LOGIN;
GRANT ALL ON t TO alice;
CREATE DATABASE other;
END

my $port = PostgreSQL::Test::Cluster::get_free_port();
my $dir = PostgreSQL::Test::Utils::tempdir_short();
my $server = 'host=' . $node->host . ' port=' . $node->port;
append_to_file("$dir/users", qq("$_" ""\n)) for ($ENV{PGUSER} // getpwuid($>), 'alice');
append_to_file("$dir/pgbouncer.ini", <<"END");
[databases]
* = $server
[pgbouncer]
listen_port = $port
unix_socket_dir = $dir
listen_addr =
auth_type = trust
auth_file = $dir/users
pool_mode = transaction
default_pool_size = 2
max_client_conn = 100
pidfile = $dir/pid
logfile = $dir/log
END
my $output = '';
my $pooler = IPC::Run::start([ $pgbouncer, "$dir/pgbouncer.ini" ], '<', \undef, '>', \$output, '2>', \$output);

sub through
{
	my ($user, $database, $sql) = @_;

	return run_command([ 'psql', '-XAtq', '-c', $sql, "host=$dir port=$port user=$user dbname=$database" ]);
}

my $up = 0;
for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
{
	$pooler->pump_nb;
	($up) = through('alice', 'postgres', 'SELECT 1');
	last if $up;
	Time::HiRes::usleep(100_000);
}
is($up, 1, 'the pooler works') or BAIL_OUT($output);
look($node, 'SELECT perfext.reset()');

append_to_file("$dir/script", <<'END');
\set k random(1, 100)
BEGIN;
SELECT v FROM t WHERE id = :k;
UPDATE t SET v = v + 1 WHERE id = :k;
COMMIT;
SELECT count(*) FROM t;
END
my $result = run_log([
	'pgbench', '-n', '-c', 20, '-j', 2, '-t', 50, '-f', "$dir/script",
	'-h', $dir, '-p', $port, '-U', 'alice', 'postgres' ]);
ok($result, '20 clients on 2 backends');
my ($backends) = look($node, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'alice'");
cmp_ok($backends, '<=', 2, 'there were only two');
# what the backends keep aside, they bring when they end
$pooler->signal('TERM');
$pooler->finish;
$node->poll_query_until('postgres',
	"SELECT count(*) = 0 FROM pg_stat_activity WHERE usename = 'alice'");
is_look(
	$node, q{SELECT query, calls FROM perfext.statements s JOIN pg_roles r ON r.oid = userid
	  WHERE rolname = 'alice' AND toplevel AND query ~ '^(SELECT (v|count)|UPDATE|BEGIN|COMMIT)'
	  ORDER BY query COLLATE "C"},
	"BEGIN|1000\nCOMMIT|1000\nSELECT count(*) FROM t|1000\n"
	  . "SELECT v FROM t WHERE id = \$1|1000\nUPDATE t SET v = v + \$1 WHERE id = \$2|1000",
	'all counts are exact');
is_look($node, 'SELECT dropped FROM perfext.info', 0, 'nothing was dropped');
is(crashes($node), 0, 'no accidents');
$node->stop;
done_testing();
