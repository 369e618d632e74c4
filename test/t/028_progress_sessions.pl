# Following statements among many sessions, with little memory, with the server's own
# timeouts, parallel plans that are cancelled and errors that are caught all the time.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = perfext_node('main',
	conf => "perfext.shared_memory = 2MB\nmax_connections = 60\ndeadlock_timeout = '700ms'\n"
	  . "parallel_setup_cost = 0\nparallel_tuple_cost = 0\nmin_parallel_table_scan_size = 0\n");

look($node, <<'END');
CREATE TABLE t AS SELECT i AS id, i % 100 AS k FROM generate_series(1, 20000) i;
CREATE TABLE locked (id int PRIMARY KEY);
INSERT INTO locked VALUES (1), (2);
ANALYZE;
CREATE FUNCTION slow(i int, ms int) RETURNS int LANGUAGE plpgsql PARALLEL SAFE AS $$
BEGIN
  IF i % 1000 = 0 THEN PERFORM pg_sleep(ms / 1000.0); END IF;
  RETURN i;
END $$;
-- executes itself, errors included, and is long as a whole
CREATE FUNCTION nested(depth int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE r record; n bigint := 0;
BEGIN
  IF depth = 0 THEN RETURN (SELECT sum(slow(id, 30)) FROM t); END IF;
  FOR r IN SELECT slow(id, 5) AS id FROM t LIMIT 3000 LOOP
    n := n + 1;
    IF r.id % 1000 = 0 THEN
      BEGIN
        PERFORM nested(depth - 1) / (r.id % 1000);
      EXCEPTION WHEN division_by_zero THEN
        n := n + 1000;
      END;
    END IF;
  END LOOP;
  RETURN n;
END $$;
END

# ---- more long statements than there is room for ----

my @sessions = map { start_psql($node, "SELECT sum(slow(id, 200)) FROM t;\n") } 1 .. 40;
{
	local $ENV{PGOPTIONS} = '-c perfext.enabled=off';
	ok( $node->poll_query_until('postgres', 'SELECT count(*) >= 8 FROM perfext.progress'),
		'as many are shown as there is room for');
}
is_look(
	$node,
	'SELECT count(*) = count(DISTINCT pid) AND bool_and(coalesce(fraction, 0) BETWEEN 0 AND 1)'
	  . ' FROM perfext.progress',
	't', 'each once');
is(join(',', map { finish_psql($_) } @sessions), ',' x 39, 'all of them end well');
is(scalar(grep { $_->{stdout} eq "200010000\n" } @sessions), 40, 'with their results');
is_look($node, 'SELECT count(*) FROM perfext.progress', 0, 'and all are gone');

# ---- the server's own timeouts ----

my $first = start_psql($node, <<'END');
BEGIN;
UPDATE locked SET id = id WHERE id = 1;
SELECT pg_sleep(1.5);
UPDATE locked SET id = id WHERE id = 2;
COMMIT;
END
my $second = start_psql($node, <<'END');
BEGIN;
UPDATE locked SET id = id WHERE id = 2;
SELECT pg_sleep(1.5);
UPDATE locked SET id = id WHERE id = 1;
COMMIT;
END
my $said = finish_psql($first) . finish_psql($second);
is(() = $said =~ /deadlock detected/g, 1, 'a deadlock is found while statements are followed');

my $holder = start_psql($node,
	"SET application_name = 'holder';\nBEGIN; SELECT FROM locked FOR UPDATE;\nSELECT pg_sleep(4);\nCOMMIT;\n"
);
backend_pid($node, 'holder', "wait_event = 'PgSleep'");
my ($ret, $out, $err) =
  $node->psql('postgres', "SET lock_timeout = '1300ms'; UPDATE locked SET id = id;");
like($err, qr/lock timeout/, 'a lock timeout comes');
finish_psql($holder);

($ret, $out, $err) = $node->psql('postgres',
	"SET statement_timeout = '1200ms'; SELECT sum(slow(id, 200)) FROM t;");
like($err, qr/statement timeout/, 'a statement timeout comes to a parallel plan');
like(
	look($node,
		"SELECT extract(epoch FROM clock_timestamp() - now()) BETWEEN 1.4 AND 100 FROM pg_sleep(1.5)"
	),
	qr/^t$/,
	'pg_sleep() sleeps as long as it should');

# ---- parallel plans and their memory ----

for my $ms (30, 60, 90)
{
	is( $node->safe_psql(
			'postgres',
			"SELECT (SELECT sum(slow(id, $ms)) FROM t), (SELECT count(*) FROM t a JOIN t b USING (id)"
			  . " WHERE slow(a.id, $ms) > 0 AND a.k < 50)"),
		'200010000|10000',
		'parallel plans, one after the other');
}

# A parallel plan that is executed again and again
is( $node->safe_psql(
		'postgres',
		'SET enable_material = off; SELECT count(*), sum(n) FROM generate_series(1, 5) g,'
		  . ' LATERAL (SELECT sum(slow(id, 40)) + g AS n FROM t) AS s'),
	'5|1000050015',
	'and again');

# ---- statements in statements, errors that are caught ----

is($node->safe_psql('postgres', 'SELECT nested(2)'), '6000', 'nested statements that fail');
is_look($node, 'SELECT count(*) FROM perfext.progress', 0, 'nothing stays');

# One that is switched off and on in the middle
is( $node->safe_psql(
		'postgres', <<'END'), '200010000', 'settings may change meanwhile');
DO $$ BEGIN
  PERFORM sum(slow(id, 60)) FROM t;
  SET LOCAL perfext.progress = off;
  PERFORM sum(slow(id, 60)) FROM t;
  SET LOCAL perfext.progress = on;
  SET LOCAL perfext.enabled = off;
  PERFORM sum(slow(id, 60)) FROM t;
END $$;
SELECT sum(slow(id, 60)) FROM t;
END

is(crashes($node), 0, 'no process has crashed');
$node->stop;
done_testing();
