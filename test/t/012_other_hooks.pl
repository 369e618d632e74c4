# Another user of the same hooks, loaded before and after perfext, that fails at
# any place: nothing is left over in perfext, and statements after that are
# recorded as what they are.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# The other module: setting hooker.fail says where it raises an error, before or
# after it has called what comes next.
my $source = <<'END';
#include "postgres.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "optimizer/planner.h"
#include "tcop/utility.h"
#include "utils/guc.h"

PG_MODULE_MAGIC;
void		_PG_init(void);

static char *fail;
static planner_hook_type next_planner;
static ExecutorStart_hook_type next_start;
static ExecutorRun_hook_type next_run;
static ExecutorFinish_hook_type next_finish;
static ExecutorEnd_hook_type next_end;
static ProcessUtility_hook_type next_utility;

static void
may_fail(const char *where)
{
	if (strcmp(fail, where) == 0)
		ereport(ERROR, (errmsg("hooker failed: %s", where)));
}

#if PG_VERSION_NUM >= 190000
#define PLANNER_ARGS Query *q, const char *s, int o, ParamListInfo p, ExplainState *es
#define PLANNER_PASS q, s, o, p, es
#else
#define PLANNER_ARGS Query *q, const char *s, int o, ParamListInfo p
#define PLANNER_PASS q, s, o, p
#endif
#if PG_VERSION_NUM >= 180000
#define RUN_ARGS QueryDesc *d, ScanDirection dir, uint64 n
#define RUN_PASS d, dir, n
#else
#define RUN_ARGS QueryDesc *d, ScanDirection dir, uint64 n, bool once
#define RUN_PASS d, dir, n, once
#endif

static PlannedStmt *
my_planner(PLANNER_ARGS)
{
	PlannedStmt *result;

	may_fail("before planner");
	result = next_planner ? next_planner(PLANNER_PASS) : standard_planner(PLANNER_PASS);
	may_fail("after planner");
	return result;
}

static void
my_start(QueryDesc *d, int flags)
{
	may_fail("before start");
	if (next_start)
		next_start(d, flags);
	else
		standard_ExecutorStart(d, flags);
	may_fail("after start");
}

static void
my_run(RUN_ARGS)
{
	may_fail("before run");
	if (next_run)
		next_run(RUN_PASS);
	else
		standard_ExecutorRun(RUN_PASS);
	may_fail("after run");
}

static void
my_finish(QueryDesc *d)
{
	may_fail("before finish");
	if (next_finish)
		next_finish(d);
	else
		standard_ExecutorFinish(d);
	may_fail("after finish");
}

static void
my_end(QueryDesc *d)
{
	may_fail("before end");
	if (next_end)
		next_end(d);
	else
		standard_ExecutorEnd(d);
	may_fail("after end");
}

static void
my_utility(PlannedStmt *p, const char *s, bool r, ProcessUtilityContext c, ParamListInfo params,
		   QueryEnvironment *e, DestReceiver *dest, QueryCompletion *qc)
{
	bool		is_set = IsA(p->utilityStmt, VariableSetStmt);

	if (!is_set)
		may_fail("before utility");
	if (next_utility)
		next_utility(p, s, r, c, params, e, dest, qc);
	else
		standard_ProcessUtility(p, s, r, c, params, e, dest, qc);
	if (!is_set)
		may_fail("after utility");
}

void
_PG_init(void)
{
	DefineCustomStringVariable("hooker.fail", "where to fail", NULL, &fail, "", PGC_USERSET, 0,
							   NULL, NULL, NULL);
	next_planner = planner_hook;
	planner_hook = my_planner;
	next_start = ExecutorStart_hook;
	ExecutorStart_hook = my_start;
	next_run = ExecutorRun_hook;
	ExecutorRun_hook = my_run;
	next_finish = ExecutorFinish_hook;
	ExecutorFinish_hook = my_finish;
	next_end = ExecutorEnd_hook;
	ExecutorEnd_hook = my_end;
	next_utility = ProcessUtility_hook;
	ProcessUtility_hook = my_utility;
}
END

my $dir = PostgreSQL::Test::Utils::tempdir;
append_to_file("$dir/hooker.c", $source);
chomp(my $include = `pg_config --includedir-server`);
my $log = `gcc -fPIC -shared -O1 -I'$include' -o '$dir/hooker.so' '$dir/hooker.c' 2>&1`;
plan skip_all => "no module can be compiled here: $log" unless -e "$dir/hooker.so";

my @places = qw(planner start run finish end utility);

for my $order ("perfext,$dir/hooker", "$dir/hooker,perfext")
{
	my $name = $order =~ /^perfext/ ? 'outer' : 'inner';
	my $what = "the other hook user is the $name one";
	my $node = perfext_node($name, libraries => $order, conf => "perfext.node_timing = all\n");

	$node->safe_psql('postgres', <<'END');
CREATE TABLE t AS SELECT i AS id FROM generate_series(1, 10) i;
CREATE FUNCTION nested() RETURNS bigint LANGUAGE plpgsql AS
  $$ BEGIN RETURN (SELECT count(*) FROM t); END $$;
END

	# Each session fails at every place, at top level and inside, with a good
	# statement after each.
	my $sql = '';
	for my $when (qw(before after))
	{
		for my $place (@places)
		{
			for my $statement (
				'SELECT nested()', 'SELECT id FROM t', 'CREATE TABLE IF NOT EXISTS x ()', 'INSERT INTO t VALUES (0)',
				'DO $$ BEGIN PERFORM count(*) FROM t; END $$')
			{
				$sql .= "SET hooker.fail = '$when $place';\n$statement;\n"
				  . "SET hooker.fail = '';\nSELECT sum(id) AS good FROM t;\n";
			}
		}
	}
	# what a place fails does not do, it does later
	$sql .= "DROP TABLE IF EXISTS x;\n";
	# and caught inside one statement
	$sql .= <<'END';
DO $$
DECLARE place text;
BEGIN
  FOREACH place IN ARRAY ARRAY['planner', 'start', 'run', 'finish', 'end'] LOOP
    FOR i IN 1 .. 20 LOOP
      BEGIN
        PERFORM set_config('hooker.fail', 'before ' || place, true);
        EXECUTE 'SELECT min(id) AS fails FROM t';
      EXCEPTION WHEN OTHERS THEN
        PERFORM set_config('hooker.fail', '', true);
      END;
    END LOOP;
  END LOOP;
END $$;
END
	my ($ret, $out, $err) = $node->psql('postgres', $sql, on_error_stop => 0);
	my $failed = () = $err =~ /ERROR:  hooker failed: /g;
	my $other = () = $err =~ /ERROR:  (?!hooker failed)/g;
	cmp_ok($failed, '>', 40, "$what: it fails");
	is($other, 0, "$what: all other statements work") or diag $err;
	is_look(
		$node, q{SELECT toplevel, calls, failures FROM perfext.statements
		  WHERE query LIKE 'SELECT sum(id) AS good%'},
		't|60|0', "$what: all good statements are recorded, at top level");
	is_look(
		$node, q{SELECT count(*) FROM perfext.statements
		  WHERE toplevel AND query LIKE '%SELECT count(*) FROM t%' AND query NOT LIKE 'DO%'
		    AND query NOT LIKE 'CREATE%'},
		0, "$what: none that is nested");
	is_look($node, 'SELECT dropped FROM perfext.info', 0, "$what: nothing was dropped");
	($ret, $out) = $node->psql(
		'postgres', "$sql\nSET perfext.enabled = off; SELECT sum(total_bytes) < 1024 * 1024"
		  . " FROM pg_backend_memory_contexts WHERE name LIKE 'perfext%'",
		on_error_stop => 0);
	like($out, qr/\nt$/, "$what: memory stays bounded");
	is(crashes($node), 0, "$what: no accidents");
	$node->stop;
}

done_testing();
