# Statements, plans and sessions of all kinds with all nodes timed: the results
# are what they are without perfext, calls are exact, nothing fails.

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
	init => { allows_streaming => 'logical' },
	conf => <<'END');
perfext.node_timing = all
perfext.save_interval = 1h
max_prepared_transactions = 5
max_locks_per_transaction = 512
shared_buffers = 32MB
END

$node->safe_psql('postgres', <<'END');
CREATE TABLE t (id int PRIMARY KEY, v int, s text);
INSERT INTO t SELECT i, i % 10, 'text ' || i FROM generate_series(1, 1000) i;
CREATE TABLE child (id int, t int REFERENCES t);
CREATE TABLE log (id int);
END

# Calls, failures and rows of what matches.
sub counts
{
	my ($pattern, $condition) = @_;

	return look($node,
		    'SELECT sum(calls), sum(failures), sum(rows) FROM perfext.statements'
		  . " WHERE query ~ '$pattern'"
		  . ($condition ? " AND $condition" : ''));
}

# COPY in all its forms.
my ($ret, $out, $err) = $node->psql('postgres', <<'END');
COPY t TO '/dev/null';
COPY (SELECT id FROM t WHERE id <= 3) TO STDOUT;
COPY child FROM STDIN;
1	1
2	2
\.
COPY (INSERT INTO child VALUES (3, 3), (4, 4) RETURNING id) TO STDOUT;
END
is($out, "1\n2\n3\n3\n4", 'COPY answers');
is(counts('^COPY t TO'), '1|0|1000', 'COPY TO');
is(counts('^COPY \(SELECT', 'toplevel'), '1|0|3', 'COPY of a query');
is(counts('SELECT id FROM t WHERE id <= \$1', 'NOT toplevel'), '1|0|3', 'and the query in it');
is(counts('^COPY child FROM'), '1|0|2', 'COPY FROM');
is_look($node, "SELECT fk_checks, fk_time > 0 FROM perfext.statements WHERE query ~ '^COPY child FROM'",
	# from 19 on most checks are made without SQL, which nobody can see
	server_version() >= 19 ? '|' : '2|t',
	'and its foreign-key checks');
is(counts('INSERT INTO child VALUES', 'NOT toplevel'), '1|0|2', 'a writing query in COPY');

# Maintenance, some of it in several transactions.
$node->safe_psql('postgres', $_)
  for (
	'VACUUM t', 'VACUUM FULL t', 'ANALYZE t', 'CREATE INDEX CONCURRENTLY i ON t (v)',
	'REINDEX INDEX CONCURRENTLY i', 'DROP INDEX CONCURRENTLY i', 'CLUSTER t USING t_pkey', 'CHECKPOINT',
	'CREATE DATABASE other', 'DROP DATABASE other');
for my $like ('VACUUM t', 'VACUUM FULL t', 'ANALYZE t', 'CREATE INDEX CONCURRENTLY', 'REINDEX INDEX',
	'DROP INDEX CONCURRENTLY', 'CLUSTER', 'CHECKPOINT', 'CREATE DATABASE', 'DROP DATABASE')
{
	is(counts("^$like"), '1|0|0', $like);
}

# Procedures that commit, in loops over cursors, with errors inside.
$node->safe_psql('postgres', <<'END');
CREATE PROCEDURE steps(n int) LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN
  FOR r IN SELECT id FROM t ORDER BY id LIMIT n LOOP
    INSERT INTO log VALUES (r.id);
    IF r.id % 2 = 0 THEN COMMIT; ELSE ROLLBACK; END IF;
  END LOOP;
  BEGIN
    INSERT INTO log VALUES (1 / 0);
  EXCEPTION WHEN division_by_zero THEN NULL;
  END;
END $$;
CALL steps(100);
DO $$ BEGIN FOR i IN 1 .. 5 LOOP CALL steps(2); END LOOP; END $$;
END
is($node->safe_psql('postgres', 'SELECT count(*) FROM log'), 55, 'procedures did their work');
is(counts('^CALL steps', 'toplevel'), '1|0|0', 'CALL by the client');
is(counts('CALL steps', 'NOT toplevel'), '5|0|0', 'CALL inside');
is(counts('INSERT INTO log VALUES \(r.id'), '110|0|110', 'statements between the commits');
is_look($node, q{SELECT calls FROM perfext.statements WHERE query ~ 'SELECT id FROM t ORDER BY id'},
	6, 'and the query that they loop over');

# Two-phase commit, in another session.
$node->safe_psql('postgres', "BEGIN; UPDATE t SET v = v + 1 WHERE id <= 10; PREPARE TRANSACTION 'one'");
$node->safe_psql('postgres', "COMMIT PREPARED 'one'");
$node->safe_psql('postgres', "BEGIN; UPDATE t SET v = v + 1 WHERE id <= 10; PREPARE TRANSACTION 'two'");
$node->safe_psql('postgres', "ROLLBACK PREPARED 'two'");
is(counts('UPDATE t SET v = v \+ \$1 WHERE id <= \$2'), '2|0|20', 'in prepared transactions');
is_look($node,
	q{SELECT string_agg(calls::text, ' ') FROM perfext.statements
	  WHERE query ~ '(PREPARE TRANSACTION|COMMIT PREPARED|ROLLBACK PREPARED)'},
	'2 1 1', 'PREPARE TRANSACTION, COMMIT PREPARED, ROLLBACK PREPARED')
  or diag look($node, q{SELECT query, calls FROM perfext.statements WHERE query ~ 'PREPARE'});

# Temporary tables and DISCARD.
$node->safe_psql('postgres', <<'END');
CREATE TEMP TABLE mine ON COMMIT DROP AS SELECT 1;
BEGIN;
CREATE TEMP TABLE gone (i int) ON COMMIT DROP;
INSERT INTO gone SELECT generate_series(1, 10);
COMMIT;
PREPARE p AS SELECT count(*) FROM t;
EXECUTE p;
DECLARE c CURSOR WITH HOLD FOR SELECT id FROM t ORDER BY id;
FETCH 2 FROM c;
DISCARD ALL;
CREATE TEMP TABLE mine (i int);
INSERT INTO mine VALUES (1);
DISCARD TEMP;
DISCARD PLANS;
END
is(counts('^DISCARD ALL'), '1|0|0', 'DISCARD ALL');
is(counts('INSERT INTO gone'), '1|0|10', 'a temporary table');

# Texts and plans of any size.
my $megabytes = 5;
is( $node->safe_psql('postgres',
		"SELECT length('" . 'x' x ($megabytes * 1024 * 1024) . "'), count(*) FROM t"),
	$megabytes * 1024 * 1024 . '|1000',
	'a text of 5 MB');
# (of a text as long as that only the beginning is kept)
is(counts('^SELECT length'), '1|0|1', 'is counted');
is( $node->safe_psql('postgres',
		'SELECT count(*)' . ' + 1' x 3000 . ' - length($$' . 'y' x 100 . '$$) FROM t -- ' . 'z' x 3_000_000),
	3900,
	'a deep expression and a long comment');
is($node->safe_psql('postgres', 'SELECT ' . join(', ', map { "$_ AS c$_" } 1 .. 1600)),
	join('|', 1 .. 1600), '1600 columns');
is( $node->safe_psql('postgres',
		'SELECT count(*) FROM t WHERE id IN (' . join(',', 1 .. 10000) . ')'),
	1000,
	'IN with 10000 elements');
is( $node->safe_psql('postgres',
		'SELECT count(*) FROM t WHERE id = ANY (ARRAY[' . join(',', 5000 .. 15000) . '])'),
	0,
	'an ARRAY of 10000 elements');
is( $node->safe_psql('postgres',
		'INSERT INTO log VALUES ' . join(',', map { "($_)" } 1 .. 10000) . ' RETURNING id') =~ tr/\n//,
	9999,
	'INSERT of 10000 rows of VALUES');
is( $node->safe_psql('postgres',
		'SELECT sum(n) FROM (' . join(' UNION ALL ', map { "SELECT count(*) AS n FROM t WHERE id = $_" } 1 .. 400) . ') x'),
	400,
	'a plan of 1200 nodes');
is( $node->safe_psql('postgres',
		'SELECT count(*) FROM ' . '(SELECT * FROM ' x 60 . 't' . ' OFFSET 0) x' x 60),
	1000,
	'a deep plan');
is( $node->safe_psql('postgres',
		'SET from_collapse_limit = 1; SET join_collapse_limit = 1; SELECT count(*) FROM t'
		  . join('', map { " JOIN t AS t$_ USING (id)" } 1 .. 40)),
	1000,
	'a join of 41 tables');
$node->safe_psql('postgres', <<'END');
CREATE TABLE part (id int, v int) PARTITION BY LIST (id);
DO $$ BEGIN FOR i IN 1 .. 400 LOOP
  EXECUTE format('CREATE TABLE part%s PARTITION OF part FOR VALUES IN (%s)', i, i);
END LOOP; END $$;
CREATE INDEX ON part (v);
INSERT INTO part SELECT i, i FROM generate_series(1, 400) i;
END
is($node->safe_psql('postgres', 'SELECT count(*), sum(v) FROM part'), '400|80200', '400 partitions');
is($node->safe_psql('postgres', 'SELECT v FROM part ORDER BY v LIMIT 3'), "1\n2\n3", 'merged');
is($node->safe_psql('postgres', 'SELECT count(*) FROM part a JOIN part b USING (id, v)'), 400, 'joined');
is($node->safe_psql('postgres', 'UPDATE part SET v = v + 1 RETURNING 1') =~ tr/1//, 400, 'written');
is($node->safe_psql('postgres', <<'END'), 1, 'pruned at run time');
SET plan_cache_mode = force_generic_plan;
PREPARE p (int) AS SELECT count(*) FROM part WHERE id = $1;
EXECUTE p(7);
END
is_look(
	$node, q{SELECT max(n.rows) FROM perfext.plan_nodes n JOIN perfext.statements s
	  USING (userid, dbid, queryid, toplevel)
	  WHERE query = 'SELECT count(*), sum(v) FROM part' AND n.relname = 'part'},
	400, 'partitions are counted at their parent');
is_look($node, 'SELECT render_failures, last_error FROM perfext.info', '0|', 'every plan was put into words');
# (too large a plan may go without, but not without a word)
is_look(
	$node,
	'SELECT sum(calls - samples) FROM perfext.plans',
	look($node, 'SELECT dropped_samples FROM perfext.info'),
	'every execution was sampled, or counted as dropped')
  or diag look($node, q{SELECT p.calls, p.samples, left(query, 100) FROM perfext.plans p
	  JOIN perfext.statements s USING (userid, dbid, queryid, toplevel) WHERE p.samples <> p.calls});
my $before = dump_views($node);
$node->restart;
is(dump_views($node)->{$_}, $before->{$_}, "all of this survives a restart: $_")
  for qw(statements plans plan_nodes);

# Logical decoding by SQL and by a walsender, which runs SQL too.
SKIP:
{
	skip 'test_decoding is not installed', 3 unless have_module('test_decoding');
	look($node, "SELECT pg_create_logical_replication_slot('slot', 'test_decoding')");
	$node->safe_psql('postgres', 'INSERT INTO log VALUES (-1)');
	like(
		$node->safe_psql('postgres',
			"SELECT data FROM pg_logical_slot_get_changes('slot', NULL, NULL)"),
		qr/INSERT: id\[integer\]:-1/,
		'logical decoding by SQL');
	is(counts('pg_logical_slot_get_changes'), '1|0|3', 'is counted');
	is( $node->safe_psql('postgres', 'SELECT id FROM log WHERE id = -1',
			replication => 'database'),
		-1,
		'SQL over a replication connection');
	look($node, "SELECT pg_drop_replication_slot('slot')");
}

# A publication, and a subscription of the server to itself: the apply worker
# writes without executor hooks, its table copies with them.
$node->safe_psql('postgres', <<'END');
CREATE DATABASE target;
CREATE TABLE published (id int PRIMARY KEY);
INSERT INTO published SELECT generate_series(1, 10);
CREATE PUBLICATION pub FOR TABLE published;
SELECT pg_create_logical_replication_slot('sub', 'pgoutput');
END
$node->safe_psql('target', 'CREATE TABLE published (id int PRIMARY KEY)');
$node->safe_psql('target',
	    "CREATE SUBSCRIPTION sub CONNECTION '"
	  . ($node->connstr('postgres') =~ s/'/''/gr)
	  . " password=geheim' PUBLICATION pub WITH (create_slot = false, slot_name = 'sub')");
$node->poll_query_until('target', 'SELECT count(*) = 10 FROM published');
$node->safe_psql('postgres', 'INSERT INTO published VALUES (11)');
$node->poll_query_until('target', 'SELECT count(*) = 11 FROM published');
pass('logical replication works');
is(counts('geheim'), '||', 'the password of the subscription is not stored');
$node->safe_psql('target', 'DROP SUBSCRIPTION sub');

# Autovacuum workers run beside it.
$node->append_conf('postgresql.conf', "autovacuum = on\nautovacuum_naptime = 1s\n");
$node->reload;
$node->safe_psql('postgres', 'CREATE TABLE dead AS SELECT generate_series(1, 1000) AS i; DELETE FROM dead');
ok( $node->poll_query_until('postgres',
		"SELECT autovacuum_count > 0 AND autoanalyze_count > 0 FROM pg_stat_user_tables WHERE relname = 'dead'"),
	'autovacuum works');

is_look($node, 'SELECT dropped FROM perfext.info', 0, 'nothing was dropped');
is(crashes($node), 0, 'no accidents');
$node->stop;
done_testing();
