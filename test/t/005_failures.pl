# Statements that fail: by an error, a cancel, a timeout, the end of their
# session.  Each is counted as a failure and never as a call, nothing is left
# over in the backend, and the server goes on.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = perfext_node('main', conf => "perfext.save_interval = 1h\n");
$node->safe_psql('postgres', <<'END');
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT i, i FROM generate_series(1, 100) i;
CREATE TABLE child (id int, t int REFERENCES t DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE big AS SELECT i AS id FROM generate_series(1, 200000) i;
VACUUM ANALYZE;
CREATE FUNCTION deep(n int) RETURNS int LANGUAGE plpgsql AS
  $$ BEGIN RETURN (SELECT deep(n + 1)); END $$;
CREATE FUNCTION fails() RETURNS int LANGUAGE plpgsql AS
  $$ BEGIN PERFORM count(*) FROM t; RETURN (SELECT 1 / (v - v) FROM t LIMIT 1); END $$;
END

my $sums = 'sum(calls), sum(failures), sum(abandoned)';

# Calls, failures and abandoned executions of the statements that match.
sub counts
{
	my ($like) = @_;

	return look($node, "SELECT $sums FROM perfext.statements WHERE query LIKE '$like'");
}

# By hand, while it runs.
sub end_by
{
	my ($sql, $application, $how) = @_;
	my $psql = start_psql($node, "SET application_name = '$application';\n$sql;\n");
	my $pid = backend_pid($node, $application,
		"state = 'active' AND query NOT LIKE 'SET application_name%'"
		  . " AND (wait_event IN ('PgSleep', 'relation', 'transactionid'))");

	look($node, "SELECT $how($pid)");
	my $error = finish_psql($psql);
	# its last words come after the client has read the error
	$node->poll_query_until('postgres',
		"SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $pid)");
	return $error;
}

like(end_by('SELECT pg_sleep(600), 1', 'cancelled', 'pg_cancel_backend'),
	qr/canceling statement due to user request/, 'cancelled');
is(counts('SELECT pg_sleep($1), $2'), '0|1|0', 'a cancelled statement has failed');

like(end_by('SELECT pg_sleep(600), 1, 2', 'terminated', 'pg_terminate_backend'),
	qr/terminating connection due to administrator command/, 'terminated');
is(counts('SELECT pg_sleep($1), $2, $3'),
	'0|1|0', 'a statement whose session is terminated has failed');
is_look(
	$node, 'SELECT count(*) FROM perfext.statements WHERE failed_exec_time > 0'
	  . q{ AND query LIKE 'SELECT pg_sleep%'},
	2, 'their time is booked as that of failures');

like(
	end_by(
		'DO $$ BEGIN PERFORM pg_sleep(600), 1, 2, 3; END $$', 'nested',
		'pg_terminate_backend'),
	qr/terminating connection/,
	'terminated inside a function');
is(counts('%pg_sleep($1), $2, $3, $4%'), '0|1|0', 'the nested statement has failed');
is(counts('DO %'), '0|1|0', 'and the one around it');

$node->psql('postgres', "SET statement_timeout = '20ms'; SELECT pg_sleep(600), 1, 2, 3, 4");
is(counts('SELECT pg_sleep($1), $2, $3, $4, $5'), '0|1|0', 'statement_timeout');

my $holder = start_psql($node,
	"SET application_name = 'holder';\nBEGIN;\nLOCK TABLE child;\nUPDATE t SET v = 0 WHERE id = 1;\n");
my $holder_pid = backend_pid($node, 'holder', "state = 'idle in transaction' AND query LIKE 'UPDATE%'");
$node->psql('postgres', "SET lock_timeout = '20ms'; UPDATE t SET v = 1 WHERE id = 1");
is(counts('UPDATE t SET v = $1 WHERE id = $2'),
	'1|1|0', 'lock_timeout while it runs');
$node->psql('postgres', "SET lock_timeout = '20ms'; LOCK TABLE child");
is(counts('LOCK TABLE child'), '1|1|0', 'lock_timeout in a utility statement');
$holder->{stdin} .= "ROLLBACK;\n";
finish_psql($holder);

# Errors of all kinds.
$node->psql('postgres', 'SELECT 1 / (v - v) FROM t');
is(counts('SELECT $1 / (v - v) FROM t'), '0|1|0', 'an error while it runs');
$node->psql('postgres', 'INSERT INTO t VALUES (1, 1)');
is(counts('INSERT INTO t VALUES%'), '0|1|0', 'a unique violation');
$node->psql('postgres', 'SELECT fails()');
is(counts('SELECT fails()'), '0|1|0', 'an error inside a function');
is(counts('(SELECT $1 / (v - v) FROM t LIMIT $2)'), '0|1|0', 'the nested statement has failed');
is(counts('SELECT count(*) FROM t'), '1|0|0', 'the one before it has not');
$node->psql('postgres', 'BEGIN; INSERT INTO child VALUES (1, 4711); COMMIT');
is(counts('INSERT INTO child%'), '1|0|0', 'a deferred constraint: the INSERT was fine');
$node->psql('postgres', 'CREATE TABLE t (i int)');
is(counts('CREATE TABLE t (i int)'), '0|1|0', 'a utility statement');
$node->psql('postgres', 'BEGIN; SELECT no_such_column; SELECT count(*) FROM child; ROLLBACK',
	on_error_stop => 0);
is(counts('SELECT count(*) FROM child'),
	'||', 'a statement in an aborted transaction is none');
is(counts('ROLLBACK'), '2|0|0', 'ROLLBACK is');
$node->psql('postgres', "COPY t FROM STDIN;\n101\tx\n\\.\n");
is(counts('COPY t FROM STDIN'), '0|1|0', 'COPY with bad data');

# Recursion without an end: the error that it always was.
my ($ret, $out, $err) = $node->psql('postgres', 'SELECT deep(1)');
like($err, qr/stack depth limit exceeded/, 'endless recursion: the error is the same');
is_look(
	$node, q{SELECT sum(calls), sum(failures) > 10 FROM perfext.statements
	  WHERE query LIKE '%deep(n + $1)%'},
	'0|t', 'and all that were under way have failed');
is_look($node, 'SELECT dropped FROM perfext.info',
	0, 'however many they were, none was dropped');

# In one session, over and over.  Memory of perfext's own is asked for in the
# session itself, by a statement that is not recorded.
my $memory = <<'END';
SET perfext.enabled = off;
SELECT coalesce(sum(total_bytes), 0) < 1024 * 1024 FROM pg_backend_memory_contexts
WHERE name LIKE 'perfext%';
END
my $loop = <<'END';
DO $$
DECLARE k int := 0;
BEGIN
  FOR i IN 1 .. 10000 LOOP
    BEGIN
      PERFORM 1 / (v - v), 'caught' FROM t;
    EXCEPTION WHEN division_by_zero THEN k := k + 1;
    END;
  END LOOP;
  ASSERT k = 10000;
END $$;
END
is($node->safe_psql('postgres', $loop . $memory),
	't', '10000 errors caught by EXCEPTION: memory stays bounded');
is_look($node, "SELECT $sums FROM perfext.statements WHERE query ~ 'v - v\\), .* from t'"
	  =~ s/from t/FROM t/r,
	'0|10000|0', 'each is a failure');

$loop = <<'END';
DO $$
DECLARE c refcursor; n int; k int := 0;
BEGIN
  FOR i IN 1 .. 10000 LOOP
    BEGIN
      OPEN c FOR SELECT id FROM t ORDER BY v;
      FETCH c INTO n;
      RAISE EXCEPTION 'the cursor stays open';
    EXCEPTION WHEN raise_exception THEN k := k + 1;
    END;
  END LOOP;
  ASSERT k = 10000;
END $$;
END
is($node->safe_psql('postgres', $loop . $memory),
	't', '10000 cursors left open by errors: memory stays bounded');
is(counts('SELECT id FROM t ORDER BY v'), '0|0|10000', 'each is abandoned');

# The same by the client, each error in a transaction of its own.
my $many = join('', map { "BEGIN;\nDECLARE c CURSOR FOR SELECT v FROM t ORDER BY v;\n"
	. "FETCH 3 FROM c;\nSELECT 1 / 0;\nROLLBACK;\n" } 1 .. 500);
($ret, $out, $err) =
  $node->psql('postgres', "\\set ON_ERROR_STOP off\n\\o /dev/null\n$many\\o\n$memory", on_error_stop => 0);
is($out, 't', '500 transactions aborted with open cursors: memory stays bounded');
is_look(
	$node, q{SELECT sum(calls), sum(abandoned) FROM perfext.statements
	  WHERE NOT toplevel AND query LIKE '%SELECT v FROM t ORDER BY v'},
	'0|500', 'each is abandoned');

# A parallel query with all nodes timed, cancelled at some moment.
my $parallel = <<'END';
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET perfext.node_timing = 'all';
END
my $query = 'SELECT count(*) FROM big a JOIN big b ON a.id = b.id + 1'
  . ' JOIN big c ON c.id = a.id WHERE a.id % (7) <> 3';
for my $ms (1, 2, 3, 5, 8, 13, 21, 34, 55)
{
	$node->psql('postgres',
		"$parallel SET statement_timeout = '${ms}ms'; $query");
}
# (the first may come too late to have been started)
is_look(
	$node, q{SELECT calls + failures BETWEEN 5 AND 9 FROM perfext.statements
	  WHERE query LIKE '%FROM big a JOIN%'},
	't', 'parallel queries with timed nodes, cancelled: they are counted');
is($node->safe_psql('postgres', "$parallel $query"),
	$node->safe_psql('postgres', $query =~ s/7/6 + 1/r),
	'and then one that is not cancelled is right');

is_look($node, 'SELECT dropped FROM perfext.info', 0, 'nothing was dropped');
is_look($node, 'SELECT last_error IS NULL FROM perfext.info', 't', 'perfext met no error of its own');
is(crashes($node), 0, 'no accidents');
$node->stop;
done_testing();
