# Every command that can run for long is followed, with what is special about it, and
# does what it always does.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = perfext_node('main', conf => "max_parallel_workers_per_gather = 0\n");
my $file = PostgreSQL::Test::Utils::tempdir() . '/rows';

look($node, <<"END");
CREATE TABLE t AS SELECT i AS id, i % 100 AS k FROM generate_series(1, 20000) i;
ALTER TABLE t ADD PRIMARY KEY (id);
CREATE TABLE empty (id int, k int);
-- slow(i, ms): i, after so many ms for one of 1000
CREATE FUNCTION slow(i int, ms int) RETURNS int LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS \$\$
BEGIN
  IF i % 1000 = 0 THEN PERFORM pg_sleep(ms / 1000.0); END IF;
  RETURN i;
END \$\$;
CREATE FUNCTION slow_trigger() RETURNS trigger LANGUAGE plpgsql AS \$\$
BEGIN
  PERFORM slow(CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END, 120);
  RETURN NULL;
END \$\$;
CREATE TABLE triggered (id int, k int);
CREATE TRIGGER a AFTER INSERT OR DELETE ON triggered FOR EACH ROW EXECUTE FUNCTION slow_trigger();
CREATE TABLE checked (id int CHECK (slow(id, 120) > 0), k int);
CREATE TABLE made_by_copy (id int, k int);
CREATE MATERIALIZED VIEW v AS SELECT slow(id, 120) AS id FROM t WITH NO DATA;
COPY t TO '$file';
VACUUM ANALYZE;
END

my $run = 0;

# Runs SQL whose last statement is long; some row of it must be seen meanwhile for which
# each condition holds.  Then $check must give 't'.
sub followed
{
	my ($name, $sql, $conditions, $check) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $application = 'run' . $run++;
	my $session = start_psql($node, "SET application_name = '$application';\n$sql\n");

	local $ENV{PGOPTIONS} = '-c perfext.enabled=off';
	for my $condition (@$conditions)
	{
		ok( $node->poll_query_until(
				'postgres',
				'SELECT count(*) > 0 FROM perfext.progress WHERE pid IN (SELECT pid FROM'
				  . " pg_stat_activity WHERE application_name = '$application') AND $condition"),
			"$name: $condition");
	}
	is(finish_psql($session), '', "$name: no message");
	ok( $node->poll_query_until(
			'postgres', 'SELECT count(*) = 0 FROM perfext.progress'),
		"$name: nothing is shown after its end");
	is(look($node, $check), 't', "$name: it did what it should") if defined $check;
	return $session->{stdout};
}

followed(
	'INSERT',
	'INSERT INTO empty SELECT slow(id, 120), k FROM t;',
	[ q{command = 'INSERT' AND relid = 'empty'::regclass AND rows_done > 0 AND fraction > 0} ],
	'SELECT count(*) = 20000 AND sum(id) = 200010000 FROM empty');
followed(
	'UPDATE',
	'UPDATE empty SET k = slow(id, 120);',
	[ q{command = 'UPDATE' AND relid = 'empty'::regclass AND rows_done > 0 AND blocks_done > 0} ],
	'SELECT bool_and(k = id) FROM empty');
followed(
	'MERGE',
	'MERGE INTO empty USING t ON t.id = empty.id WHEN MATCHED AND slow(t.id, 120) % 2 = 0'
	  . ' THEN UPDATE SET k = 0 WHEN MATCHED THEN DELETE;',
	[ q{command = 'MERGE' AND relid = 'empty'::regclass AND rows_done > 0} ],
	'SELECT count(*) = 10000 AND sum(k) = 0 FROM empty');
followed(
	'DELETE',
	'DELETE FROM empty WHERE slow(id, 240) > 0;',
	[ q{command = 'DELETE' AND relid = 'empty'::regclass AND rows_done > 0} ],
	'SELECT count(*) = 0 FROM empty');
followed(
	'CREATE TABLE AS',
	'CREATE TABLE made AS SELECT slow(id, 120) AS id FROM t;',
	[ q{command = 'CREATE TABLE AS' AND current_node = 'Seq Scan' AND relid = 't'::regclass},
		q{NOT nested AND remaining_time > 0} ],
	'SELECT count(*) = 20000 FROM made');
followed(
	'REFRESH',
	'REFRESH MATERIALIZED VIEW v;',
	[ q{command = 'REFRESH MATERIALIZED VIEW' AND blocks_done > 0 AND remaining_time > 0} ],
	'SELECT count(*) = 20000 FROM v');
followed(
	'COPY FROM',
	"COPY checked FROM '$file';",
	[ q{command = 'COPY' AND relid = 'checked'::regclass AND rows_done > 0 AND remaining_time > 0} ],
	'SELECT count(*) = 20000 FROM checked');
followed(
	'COPY TO',
	"COPY (SELECT slow(id, 120) FROM t) TO '$file.2';",
	[ q{command = 'COPY' AND current_node = 'Seq Scan' AND blocks_done > 0 AND remaining_time > 0} ]);
followed(
	'CREATE INDEX',
	'CREATE INDEX made_index ON t (slow(id, 120));',
	[ q{command = 'CREATE INDEX' AND relid = 't'::regclass AND phase = 'scanning table'},
		q{blocks_total > 0 AND remaining_time > 0} ],
	q{SELECT count(*) = 1 FROM pg_index WHERE indexrelid = 'made_index'::regclass AND indisvalid});
followed(
	'VACUUM',
	"SET vacuum_cost_delay = 50; SET vacuum_cost_limit = 5;\nVACUUM made;",
	[ q{command = 'VACUUM' AND relid = 'made'::regclass AND phase <> ''} ]);
# An index that is not sorted has no phases after the scan
followed(
	'CREATE INDEX USING brin',
	'CREATE INDEX made_brin ON t USING brin (slow(id, 120));',
	[ q{command = 'CREATE INDEX' AND phase = 'scanning table' AND fraction > 0.6} ]);
look($node, 'DROP INDEX made_brin');
# The primary key first, and then the other: half of it is done by then
followed(
	'REINDEX TABLE',
	'REINDEX TABLE t;',
	[ q{command = 'REINDEX' AND phase = 'scanning table' AND fraction >= 0.5 AND remaining_time > 0} ]);
# The indexes have most of the work still before them; what the table took does not tell
# that, nor does the last VACUUM, which had none.  A VACUUM FULL is no VACUUM to the server.
look($node, <<'END');
CREATE TABLE shrunk WITH (autovacuum_enabled = off) AS
  SELECT i AS id, i % 100 AS k FROM generate_series(1, 60000) i;
CREATE INDEX ON shrunk (id);
CREATE INDEX ON shrunk (k, id);
CREATE INDEX ON shrunk (k);
CREATE INDEX ON shrunk (k, id) WHERE id > 0;
CREATE INDEX ON shrunk (id, k);
CREATE INDEX ON shrunk ((id + 1));
CREATE INDEX ON shrunk ((k + 1), id);
ANALYZE shrunk;
DELETE FROM shrunk WHERE id % 3 = 0;
END
followed(
	'VACUUM of indexes',
	'SET vacuum_cost_delay = 20; SET vacuum_cost_limit = 50; SET vacuum_cost_page_hit = 10;'
	  . ' SET vacuum_cost_page_miss = 10; SET vacuum_cost_page_dirty = 0; VACUUM (PARALLEL 0) shrunk;',
	[ q{phase = 'vacuuming indexes' AND fraction < 0.55 AND remaining_time > 0} ]);
followed(
	'VACUUM FULL',
	'VACUUM FULL t;',
	[ q{command = 'VACUUM' AND relid = 't'::regclass AND phase = 'rebuilding indexes'} ],
	'SELECT count(*) = 20000 FROM t');
followed(
	'AFTER triggers',
	'INSERT INTO triggered SELECT * FROM t;',
	[ q{command = 'INSERT' AND phase = 'after triggers' AND rows_done = 20000} ],
	'SELECT count(*) = 20000 FROM triggered');
followed(
	'AFTER triggers of DELETE',
	'DELETE FROM triggered;',
	[ q{command = 'DELETE' AND phase = 'after triggers'} ],
	'SELECT count(*) = 0 FROM triggered');

# ---- phases of a plan ----

like(
	followed(
		'hash join, sort and aggregate',
		'SET enable_mergejoin = off; SET enable_nestloop = off;'
		  . 'SELECT count(*), max(n), sum(id) FROM (SELECT b.id, row_number() OVER (ORDER BY'
		  . ' slow(b.id, 120) DESC) AS n FROM (SELECT slow(id, 120) AS id FROM t OFFSET 0) b'
		  . ' JOIN t a ON a.id = b.id) AS s;',
		[ q{command = 'SELECT' AND fraction > 0},
			q{phase IN ('building hash table', 'reading rows to sort')} ]),
	qr/^20000\|20000\|200010000$/m,
	'all rows went through');
like(
	followed(
		'hash aggregate',
		'SET enable_sort = off; SELECT count(*), sum(id) FROM'
		  . ' (SELECT max(slow(id, 150)) AS id FROM t GROUP BY k, id) AS s;',
		[ q{phase = 'aggregating' AND blocks_done > 0} ]),
	qr/^20000\|200010000$/m,
	'all rows went through');
like(
	followed(
		'parallel scan',
		'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;'
		  . ' SET max_parallel_workers_per_gather = 2; SELECT count(*), sum(slow(id, 400)) FROM t;',
		[ q{blocks_total = pg_relation_size('t') / 8192 AND blocks_done BETWEEN 1 AND blocks_total} ]),
	qr/^20000\|200010000$/m,
	'all rows went through');
like(
	followed(
		'prepared statement',
		"PREPARE p AS SELECT sum(slow(id, \$1)) FROM t;\nEXECUTE p(120);",
		[ q{command = 'SELECT' AND query LIKE '%slow(id, %' AND rows_done > 0} ]),
	qr/^200010000$/m,
	'all rows went through');

# What EXPLAIN shows of an execution that was followed
like(
	followed(
		'EXPLAIN ANALYZE',
		'EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF, SUMMARY OFF, BUFFERS OFF)'
		  . ' SELECT count(*) FROM t WHERE slow(id, 120) % 2 = 0;',
		[ q{command = 'EXPLAIN' AND current_node = 'Seq Scan' AND remaining_time > 0} ]),
	qr/Aggregate \(actual rows=1[.0]* loops=1\).*Seq Scan on t \(actual rows=10000[.0]* loops=1\).*Rows Removed by Filter: 10000/s,
	'EXPLAIN shows what it always shows');

# What is measured of nodes while a statement is followed
look($node, 'SELECT perfext.reset()');
followed(
	'timed nodes',
	"SET perfext.node_timing = 'all';\nSELECT count(*) AS timed FROM t WHERE slow(id, 120) % 4 = 0;",
	[ q{current_node = 'Seq Scan' AND rows_done > 0} ]);
is_look(
	$node,
	'SELECT n.node_type, n.loops, n.rows, n.rows_removed, n.partial_samples FROM perfext.plan_nodes AS n'
	  . " JOIN perfext.statements USING (userid, dbid, queryid, toplevel) WHERE query LIKE '%timed%'"
	  . ' AND node_id = 1',
	'Seq Scan|1|5000|15000|0',
	'nodes are measured all the same');

is(crashes($node), 0, 'no process has crashed');
$node->stop;
done_testing();
