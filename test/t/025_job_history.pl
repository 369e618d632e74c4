# Runs beside the earlier ones of their job: what is told of one that took longer,
# and of one that did not.  Slow is what sleeps; nothing else is told by time.

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
perfext.what_if_target = 0
fsync = on
max_parallel_workers_per_gather = 0
END
);
$node->safe_psql('postgres', <<'END');
CREATE TABLE t (id int, v text);
INSERT INTO t SELECT i, repeat('x', 100) FROM generate_series(1, 30000) i;
CREATE INDEX t_id ON t (id);
VACUUM ANALYZE t;
CREATE TABLE target (id int, v text);
CREATE ROLE alice;
END
look($node, 'SELECT perfext.reset()');

# One run: two steps, the first with this SQL.
sub job_run
{
	my ($job, $load, %arg) = @_;
	my $end = $arg{no_end} ? '' : "SELECT perfext.job_end();\n";

	$node->psql('postgres',
		    ($arg{before} // '')
		  . "SELECT perfext.job_start('$job');\nSELECT perfext.job_step('load');\n$load;\n"
		  . "SELECT perfext.job_step('check');\nSELECT count(*) FROM target WHERE id = 0;\n$end");
}

sub usual
{
	my ($job, $load, %arg) = @_;

	job_run($job, $load, %arg) for (1 .. $arg{times} // 4);
}

# Of the last run of a job
sub change
{
	my ($job, $columns) = @_;

	return look($node, "SELECT $columns FROM perfext.etl_job_changes WHERE job = '$job' ORDER BY run_id DESC LIMIT 1");
}

sub advice
{
	my ($job, $columns) = @_;

	return look($node, "SELECT $columns FROM perfext.recommendations WHERE kind = 'job_slower' AND subject = 'job $job'");
}

my $insert = 'INSERT INTO target SELECT i FROM generate_series(1, 100) i';

# More rows
usual('rows', $insert);
is(change('rows', 'runs_before, median_rows, rows, longest_elapsed_time >= median_elapsed_time'),
	'3|101|101|t', 'the fourth run has three before it');
job_run('rows', 'INSERT INTO target SELECT i FROM generate_series(1, 1000) i; SELECT pg_sleep(2)');
is(change('rows', q{is_slower, slowdown > 1.5, step, step_elapsed_time > median_step_elapsed_time, 'more rows' = ANY (reasons), median_rows, runs_before}),
	't|t|load|t|t|101|4', 'a run with more rows');
is(advice('rows', q{severity IN ('low', 'medium'), status, verified, evidence->>'step', (evidence->>'rows')::int > 1000}),
	't|open|f|load|t', 'is a recommendation');
like(advice('rows', 'summary'), qr/^The last run took 2.* times as long as usual .*; step "load" took 2.* instead of .*there were 1,00\d rows instead of 101\.$/,
	'that says what happened');
like(advice('rows', 'action'), qr/SELECT perfext.report_job\(\d+\);/, 'and where to look');
my $run = change('rows', 'run_id');
my $report = look($node, "SELECT perfext.report_job($run)");
like($report, qr/^Before: 4 runs, median .*; this one took .* times as long \(.*more rows/m, 'the report tells it');
like($report, qr/^WHAT TO DO\n.*^1\. (LOW|MEDIUM): The last run took/ms, 'with the recommendation');
unlike(look($node, "SELECT perfext.report_job($run - 1)"), qr/The last run took/, 'which is none for the run before');
my $id = advice('rows', 'id');
$node->restart;
is(advice('rows', 'id'), $id, 'it is the same after a restart');
job_run('rows', $insert);
is(advice('rows', 'count(*)'), 0, 'and gone with the next run that is as before');

# Too few runs, runs that failed
usual('few', $insert, times => 2);
job_run('few', "$insert; SELECT pg_sleep(1)");
is(change('few', 'is_slower, runs_before'), 'f|2', 'two runs are no history');
usual('failing', $insert, no_end => 1);
job_run('failing', "$insert; SELECT pg_sleep(1)");
is(change('failing', 'runs_before'), '', 'runs that did not end well are none');
usual('fails', $insert);
job_run('fails', "$insert; SELECT pg_sleep(1); SELECT 1/0");
is(advice('fails', 'count(*)'), 0, 'a run that failed is not judged');

# A new plan
my $lookup = 'SELECT count(v) FROM t WHERE id = 4711';
usual('plan', $lookup);
$node->safe_psql('postgres', 'DROP INDEX t_id');
job_run('plan', "$lookup; SELECT pg_sleep(1.5)");
is(change('plan', q{is_slower, 'new plan' = ANY (reasons), cardinality(new_plan_queryids)}), 't|t|1', 'a new plan');
is_look(
	$node, q{SELECT DISTINCT s.query FROM perfext.etl_job_changes c, unnest(new_plan_queryids) AS q
	  JOIN perfext.statements s ON s.queryid = q WHERE c.job = 'plan'},
	'SELECT count(v) FROM t WHERE id = $1', 'of which statement');
like(advice('plan', 'action'), qr/FROM perfext.plans AS p WHERE p.queryid IN \(-?\d+\)/, 'the recommendation shows its plans');
look($node, advice('plan', 'action'));

# Temporary files
my $sort = 'SELECT count(*) FROM (SELECT v || id AS x FROM t ORDER BY 1 OFFSET 0) s';
usual('temp', $sort, before => "SET work_mem = '64MB';\n");
job_run('temp', "$sort; SELECT pg_sleep(1.5)", before => "SET work_mem = '64kB';\n");
is(change('temp', q{is_slower, 'temporary files' = ANY (reasons)}), 't|t', 'temporary files');

# The client
usual('client', $insert);
job_run('client', "$insert;\n\\! sleep 2");
is(change('client', q{is_slower, 'client' = ANY (reasons), step}), 't|t|load', 'a client that takes its time');

# Commits
usual('commit', $insert);
job_run('commit', join(';', ($insert) x 20), before => "SET commit_siblings = 0; SET commit_delay = 100000;\n");
is(change('commit', q{is_slower, 'commit' = ANY (reasons)}), 't|t', 'commits that wait');

# One that still runs
usual('running', $insert);
my $psql = start_psql($node, "SET application_name = 'running';\nSELECT perfext.job_start('running');\nSELECT pg_sleep(600);\n");
my $pid = backend_pid($node, 'running', "wait_event = 'PgSleep'");
$node->poll_query_until('postgres', q{SELECT is_slower AND status = 'running' FROM perfext.etl_job_changes WHERE job = 'running' ORDER BY run_id DESC LIMIT 1})
  or die 'a run under way is never slower';
like(advice('running', 'summary'), qr/^The last run has taken/, 'a run under way is watched');
look($node, "SELECT pg_terminate_backend($pid)");
finish_psql($psql);

# Without names the loads are compared; an application's only with runs that do the same.
sub application
{
	my ($sql) = @_;
	local $ENV{PGAPPNAME} = 'app';

	$node->safe_psql('postgres', $sql);
}
my $bulk = 'INSERT INTO target SELECT i FROM generate_series(1, 10000) i';
application($bulk) for (1 .. 4);
application("$bulk; SELECT pg_sleep(1.5)");
is_look($node, q{SELECT count(*) FROM perfext.etl_job_changes WHERE job = 'app' AND is_slower}, 0, 'another thing under the same name');
application('INSERT INTO target SELECT i FROM generate_series(1, 10000) i, pg_sleep(1.5)');
is(change('app', 'is_slower, step, runs_before'), 't|insert public.target|4', 'the same thing, slower');

# Others' jobs are not compared by those who may not read their names.
is(look($node, "SET ROLE alice; SELECT count(*) FROM perfext.etl_job_changes; SELECT count(*) FROM perfext.rule_job_slower"), "0\n0",
	'rights');
is(look($node, "GRANT pg_read_all_stats TO alice; SET ROLE alice; SELECT count(*) >= 5 FROM perfext.rule_job_slower"), 't',
	'with pg_read_all_stats');
is(crashes($node), 0, 'no accidents');
$node->stop;
done_testing();
