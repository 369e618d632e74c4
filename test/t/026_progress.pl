# Statements that run for long are seen from other sessions while they run, and no
# longer when they are over, however they end; their results stay what they are.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = perfext_node('main', conf => "max_parallel_workers_per_gather = 0\n");

look($node, <<'END');
CREATE TABLE t AS SELECT i AS id, i % 100 AS k FROM generate_series(1, 100000) i;
CREATE TABLE other AS SELECT * FROM t;
CREATE TABLE empty (id int, k int);
ANALYZE;
-- slow(i, ms): i, after so many ms for one of 5000
CREATE FUNCTION slow(i int, ms int) RETURNS int LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF i % 5000 = 0 THEN PERFORM pg_sleep(ms / 1000.0); END IF;
  RETURN i;
END $$;
CREATE ROLE stranger;
GRANT SELECT ON t TO stranger;
END

# Waits until a row of this pid is shown of which a condition holds
sub shown
{
	my ($pid, $condition, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	local $ENV{PGOPTIONS} = '-c perfext.enabled=off';

	ok( $node->poll_query_until(
			'postgres',
			"SELECT count(*) = 1 FROM perfext.progress WHERE pid = $pid AND ($condition)"),
		$name);
}

sub rows_of
{
	my ($pid) = @_;

	return look($node, "SELECT count(*) FROM perfext.progress WHERE pid = $pid");
}

sub none_of
{
	my ($pid, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	local $ENV{PGOPTIONS} = '-c perfext.enabled=off';

	ok( $node->poll_query_until('postgres',
			"SELECT count(*) = 0 FROM perfext.progress WHERE pid = $pid"),
		$name);
}

# Starts $sql in a session of its own, and gives it and its pid when the last
# statement of it runs
sub start
{
	my ($application, $sql) = @_;
	my $session = start_psql($node, "SET application_name = '$application';\n$sql\n");

	return ($session,
		backend_pid($node, $application, "state = 'active' AND query NOT LIKE 'SET app%'"));
}

my $slowly = 'SELECT count(*), sum(slow(id, 300)) FROM t';
my $normalized = 'SELECT count(*), sum(slow(id, $1)) FROM t';

# ---- one statement, from its beginning to its end ----

my ($session, $pid) = start('plain', "$slowly;");
shown($pid, "command = 'SELECT' AND phase = 'running'", 'a statement is shown');
shown($pid, "relid = 't'::regclass AND current_node = 'Seq Scan'", 'with node and table');
shown(
	$pid,
	'blocks_total = pg_relation_size(relid) / 8192 AND blocks_done BETWEEN 1 AND blocks_total',
	'with its place in the table');
shown($pid, 'rows_done BETWEEN 1 AND 100000', 'with rows');
shown($pid, 'fraction > 0 AND fraction < 1', 'with a share');
shown(
	$pid,
	'remaining_time_low < remaining_time AND remaining_time < remaining_time_high'
	  . " AND estimated_end > now() AND elapsed_time > 500 AND started < now() - interval '0.5 s'",
	'with an estimate and its interval');
shown(
	$pid,
	"toplevel AND NOT nested AND userid = 10 AND query = '$normalized'"
	  . ' AND datid = (SELECT oid FROM pg_database WHERE datname = current_database())',
	'whose it is');
is( look(
		$node,
		"SELECT count(*) FROM perfext.watch(10) WHERE pid = $pid AND bar LIKE '[%' AND query <> ''"
	),
	1,
	'watch() draws it');
is( look(
		$node,
		"SET ROLE stranger; SELECT DISTINCT query FROM perfext.progress WHERE pid = $pid"
	),
	'<insufficient privilege>',
	'its text is not for strangers');
is( look(
		$node,
		'GRANT pg_read_all_stats TO stranger; SET ROLE stranger;'
		  . "SELECT DISTINCT query FROM perfext.progress WHERE pid = $pid; RESET ROLE;"
		  . 'REVOKE pg_read_all_stats FROM stranger'),
	$normalized,
	'but for members of pg_read_all_stats');
finish_psql($session);
like($session->{stdout}, qr/^100000\|5000050000$/m, 'its result is as ever');
is(rows_of($pid), 0, 'it is not shown after its end');
is_look(
	$node,
	"SELECT calls FROM perfext.statements WHERE query = '$normalized'",
	1, 'and counted once');

# ---- again, now with an earlier run to go by ----

($session, $pid) = start('again', "$slowly;");
shown($pid, 'earlier_runs = 1', 'the second run knows of the first');
finish_psql($session);
like($session->{stdout}, qr/^100000\|5000050000$/m, 'its result is as ever, too');
is_look(
	$node,
	'SELECT count(*), min(predictions), bool_and(inside_ratio BETWEEN 0 AND 1), '
	  . 'bool_and(median_error_ratio >= 0 AND median_bias_ratio > 0) FROM perfext.progress_accuracy'
	  . " WHERE command = 'SELECT' AND repeated AND at_ratio IN (0.25, 0.5, 0.75)",
	'3|1|t|t',
	'its predictions were compared with the truth');
$node->restart;
($session, $pid) = start('restarted', "$slowly;");
shown($pid, 'earlier_runs = 2', 'a restart forgets nothing');
finish_psql($session);
look($node, "SELECT perfext.reset_kind('progress')");
is_look($node, 'SELECT count(*) FROM perfext.progress_accuracy', 0, 'reset_kind() does');

# ---- what a place by blocks does not tell ----

# started, looked at until the condition holds, and ended
sub shown_while
{
	my ($name, $sql, @conditions) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($session, $pid) = start($name, "$sql;");

	shown($pid, $_, $name) foreach @conditions;
	look($node, "SELECT pg_terminate_backend($pid)");
	none_of($pid, "$name: ended");
	finish_psql($session);
}

# rows that lie at the end of a table come at the end
shown_while(
	'rows at the end',
	'SELECT count(*), sum(slow(id, 300)) FROM t WHERE id > 50000',
	'blocks_done < 0.7 * blocks_total AND fraction < 0.45');
# tables that nobody has begun to read are still to be read
shown_while(
	'several tables',
	'SELECT count(*), sum(slow(id, 300)) FROM'
	  . ' (SELECT id FROM t UNION ALL SELECT id FROM other UNION ALL SELECT id FROM t) AS s',
	"relid = 't'::regclass AND blocks_done > 0.7 * blocks_total AND fraction < 0.5");
# how deep it goes, nobody knows
shown_while(
	'a recursion',
	'WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT slow(i, 300) + 1 FROM n WHERE i < 100000)'
	  . ' SELECT max(i) FROM n',
	'elapsed_time > 1500 AND remaining_time IS NULL');

# ---- however it ends ----

($session, $pid) = start('fails', 'SELECT count(1 / (slow(id, 300) - 60001)) FROM t;');
shown($pid, 'rows_done > 0', 'one that will fail is shown');
like(finish_psql($session), qr/division by zero/, 'it fails');
is(rows_of($pid), 0, 'it is not shown any more');

($session, $pid) = start('caught', <<"END");
DO \$\$ BEGIN PERFORM sum(1 / (slow(id, 200) - 30001)) FROM t; EXCEPTION WHEN division_by_zero
  THEN PERFORM pg_sleep(3); END \$\$;
END
shown($pid, "nested AND command = 'SELECT'", 'a nested one that will fail is shown');
shown($pid, "NOT nested AND command = 'DO'", 'as well as the one around it');
{
	local $ENV{PGOPTIONS} = '-c perfext.enabled=off';
	ok( $node->poll_query_until('postgres',
			"SELECT count(*) FILTER (WHERE NOT nested) = 1 AND coalesce(bool_and(NOT nested"
			  . " OR query LIKE '%pg_sleep%'), true) FROM perfext.progress WHERE pid = $pid"),
		'the nested one goes when its error is caught');
}
is(finish_psql($session), '', 'and the block goes on');
is(rows_of($pid), 0, 'to its end');

($session, $pid) = start('cancelled', "$slowly;\nSELECT sum(slow(id, 100)) FROM t;");
shown($pid, 'rows_done > 0', 'one that will be cancelled is shown');
look($node, "SELECT pg_cancel_backend($pid)");
shown($pid, "query LIKE 'SELECT sum%' AND rows_done > 0",
	'after an error the next one is shown as well');
like(finish_psql($session), qr/canceling statement/, 'it was cancelled');
like($session->{stdout}, qr/^5000050000$/m, 'the next one was not');

($session, $pid) = start('terminated', "$slowly;");
shown($pid, 'rows_done > 0', 'one that will be terminated is shown');
look($node, "SELECT pg_terminate_backend($pid)");
finish_psql($session);
none_of($pid, 'it is gone with its process');

($session, $pid) = start('timeout', "SET statement_timeout = '4500ms';\n$slowly;");
shown($pid, 'rows_done > 0', 'one with a statement timeout is shown');
like(finish_psql($session), qr/statement timeout/, 'which still comes');
is(rows_of($pid), 0, 'it is gone');

# ---- what may stand still ----

($session, $pid) = start('cursor', <<'END');
BEGIN;
DECLARE c CURSOR FOR SELECT slow(id, 200) FROM t;
MOVE 50000 IN c;
SELECT pg_sleep(2);
MOVE 50000 IN c;
SELECT 'idle', pg_sleep(0);
\! sleep 2
COMMIT;
END
shown($pid, "command = 'FETCH' AND relid = 't'::regclass", 'a cursor is followed while it is read');
shown($pid, "query LIKE '%pg_sleep%' AND command = 'SELECT'", 'not while something else runs');
shown($pid, "command = 'FETCH' AND relid = 't'::regclass", 'and again later');
{
	local $ENV{PGOPTIONS} = '-c perfext.enabled=off';
	$node->poll_query_until('postgres',
		"SELECT state = 'idle in transaction' FROM pg_stat_activity WHERE pid = $pid");
}
is(rows_of($pid), 0, 'nothing is shown of a session that is idle in a transaction');
is(finish_psql($session), '', 'nothing went wrong');

($session, $pid) = start('loop', <<'END');
DO $$
DECLARE r record; n int := 0;
BEGIN
  FOR r IN SELECT slow(id, 100) AS s FROM t LOOP
    n := n + 1;
    IF n = 20000 THEN PERFORM sum(slow(id, 150)) FROM other; END IF;
  END LOOP;
  RAISE NOTICE 'rows: %', n;
END $$;
END
shown($pid, "nested AND relid = 'other'::regclass", 'a statement in a loop over another');
like(finish_psql($session), qr/rows: 100000/, 'both see all their rows');

# ---- others meanwhile ----

($session, $pid) = start('dropping', 'BEGIN; SELECT count(slow(id, 150)) FROM other; ROLLBACK;');
shown($pid, "relid = 'other'::regclass", 'a table is read');
my $dropper = start_psql($node, "SET application_name = 'dropper';\nDROP TABLE other;\n");
backend_pid($node, 'dropper', "wait_event_type = 'Lock'");
shown($pid, "relid = 'other'::regclass", 'who looks at it waits for no lock');
is(look($node, "SELECT count(*) FROM perfext.watch() WHERE pid = $pid"), 1, 'nor does watch()');
finish_psql($session);
finish_psql($dropper);

# ---- switched off ----

($session, $pid) = start('off', "SET perfext.progress = off;\n$slowly;");
{
	local $ENV{PGOPTIONS} = '-c perfext.enabled=off';
	$node->poll_query_until('postgres',
		"SELECT now() - query_start > interval '1.5 s' FROM pg_stat_activity WHERE pid = $pid");
}
is(rows_of($pid), 0, 'nothing is shown when it is switched off');
finish_psql($session);

# ---- a crash ----

($session, $pid) = start('killed', "$slowly;");
shown($pid, 'rows_done > 0', 'one that will be killed is shown');
kill 'KILL', $pid;
eval { finish_psql($session) };
{
	local $ENV{PGOPTIONS} = '-c perfext.enabled=off';
	$node->poll_query_until('postgres', 'SELECT count(*) = 0 FROM perfext.progress');
}
is(rows_of($pid), 0, 'nothing is shown after a crash');

is(crashes($node), 0, 'no other process has crashed');
$node->stop;
done_testing();
