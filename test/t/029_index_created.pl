# What a proof wanted is there: it is set aside when the index's creation is
# committed, and only then.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = perfext_node('main',
	conf => "max_prepared_transactions = 5\nperfext.what_if_target = 100\n"
	  . "perfext.what_if_timeout = '10s'\n");
my $statement = 'SELECT count(*) AS marker FROM t WHERE a = 7';

look($node, <<'END');
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
INSERT INTO t SELECT i, i % 1000, i % 7 FROM generate_series(1, 30000) i;
ANALYZE t;
CREATE PROCEDURE creates(keep bool) LANGUAGE plpgsql AS $$
BEGIN
  CREATE INDEX t_a ON t (a);
  IF keep THEN COMMIT; ELSE ROLLBACK; END IF;
  PERFORM pg_sleep(0);
END $$;
END

# A proof of the statement, then what else is done; what is known in the end: the
# proof that holds, the one set aside, and whether it is known since when.
sub known
{
	my ($sql) = @_;

	look($node, 'DROP INDEX IF EXISTS t_a; SELECT perfext.reset()');
	$node->safe_psql('postgres', often($statement));
	is(proved($node, 'marker'), 't(a)', 'a proof');
	$node->psql('postgres', $sql, on_error_stop => 0);
	return look($node, <<'END');
SELECT indexes->0->>'column_list', applied_indexes->0->>'column_list',
  applied_at BETWEEN now() - interval '1 minute' AND now(), applied_calls
FROM perfext.index_proofs JOIN perfext.statements USING (userid, dbid, queryid, toplevel)
WHERE query LIKE '%marker%'
END
}

my $open = 'a|||';
my $applied = '|a|t|40';
my $create = 'CREATE INDEX t_a ON t (a)';

is(known("BEGIN; $create; ROLLBACK; SELECT 1;"), $open, 'rolled back');
is(known("BEGIN;\n$create;\nSELECT 1 / 0;\nCOMMIT;\nSELECT 1;\n"), $open, 'failed afterwards');
is(known("$create\\; SELECT 1 / 0;\nSELECT 1;\n"), $open, 'failed afterwards, in one message');
is(known("BEGIN;\n$create;\nPREPARE TRANSACTION 'x';\nSELECT 1;\nROLLBACK PREPARED 'x';\nSELECT 1;\n"),
	$open, 'prepared and rolled back');
is(known("BEGIN;\nSAVEPOINT s;\n$create;\nROLLBACK TO s;\nCOMMIT;\nSELECT 1;\n"),
	$open, 'rolled back to a savepoint');
is(known("BEGIN;\nSAVEPOINT s;\nSAVEPOINT i;\n$create;\nRELEASE i;\nROLLBACK TO s;\nCOMMIT;\nSELECT 1;\n"),
	$open, 'rolled back to a savepoint around the one released');
is( known(<<"END"), $open, 'an exception that is caught');
DO \$\$ BEGIN
  $create;
  PERFORM 1 / 0;
EXCEPTION WHEN division_by_zero THEN
END \$\$;
SELECT 1;
END
is(known("CALL creates(false);\nSELECT 1;\n"), $open, 'a procedure that rolls back');
is(known("BEGIN;\n$create;\nSELECT count(*) FROM perfext.info;\n"), $open, 'never committed');
is(known("CREATE INDEX t_a ON no_such_table (a);\nSELECT 1;\n"), $open, 'no table');

is(known("$create;\nSELECT 1;\n"), $applied, 'created');
is(known("$create;\n"), $applied, 'created by a session that does nothing else');
is(known("CREATE INDEX CONCURRENTLY t_a ON t (a);\nSELECT 1;\n"), $applied, 'concurrently');
is(known("BEGIN;\n$create;\nCOMMIT;\nSELECT 1;\n"), $applied, 'in a transaction');
is(known("BEGIN;\nSAVEPOINT s;\n$create;\nRELEASE s;\nCOMMIT;\nSELECT 1;\n"),
	$applied, 'in a subtransaction');
is(known("BEGIN;\n$create;\nSAVEPOINT s;\nSELECT 1;\nROLLBACK TO s;\nCOMMIT;\nSELECT 1;\n"),
	$applied, 'before a subtransaction that is rolled back');
is(known("CALL creates(true);\n"), $applied, 'a procedure that commits');
is(known("BEGIN;\nCREATE INDEX ON t (b);\nROLLBACK;\n$create;\nSELECT 1;\n"),
	$applied, 'after one that was rolled back');
# More in one transaction than are followed one by one: nothing is lost of the first ones.
is(known("BEGIN;\n$create;\n" . join('', map { "CREATE TABLE t_$_ (a int); CREATE INDEX ON t_$_ (a);\n" } 1 .. 40)
		  . "COMMIT;\nSELECT 1;\n"),
	$applied, 'many at once');

is(crashes($node), 0, 'no accidents');
$node->stop;
done_testing();
