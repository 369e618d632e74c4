# Runs of jobs that end otherwise than by job_end(): with their session, an error
# before, by force, with the server; and what a restart keeps of them.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = perfext_node('main', conf => "perfext.save_interval = 1h\nperfext.job_gap = 2s\n");
$node->safe_psql('postgres', <<'END');
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT i, i FROM generate_series(1, 100) i;
END
look($node, 'SELECT perfext.reset()');

# Status, whether it ended, rows written, failures.
sub job
{
	my ($name, $columns) = @_;

	$columns //= 'status, ended IS NOT NULL, rows_in, failures';
	return look($node, "SELECT $columns FROM perfext.etl_jobs WHERE job = '$name' ORDER BY run_id");
}

sub job_ends
{
	my ($name) = @_;

	$node->poll_query_until('postgres',
		"SELECT count(*) > 0 AND bool_and(ended IS NOT NULL) FROM perfext.etl_jobs WHERE job = '$name'")
	  or die "job $name never ends";
}

# The session goes without job_end().
$node->safe_psql('postgres', "SELECT perfext.job_start('left'); INSERT INTO t VALUES (1001, 1)");
is(job('left'), 'disconnected|t|1|0', 'a session that ends');
$node->psql('postgres', "SELECT perfext.job_start('broken');\nINSERT INTO t VALUES (1002, 1);\nINSERT INTO t VALUES (1, 1);\n");
is(job('broken'), 'failed|t|1|1', 'a session that ends after an error');
$node->psql('postgres',
	"SELECT perfext.job_start('rolled back');\nBEGIN;\nINSERT INTO t VALUES (1, 1);\nROLLBACK;\n", on_error_stop => 0);
is(job('rolled back', 'status, failures'), 'failed|1', 'a ROLLBACK makes the error not good');
$node->psql('postgres',
	"SELECT perfext.job_start('mended');\nINSERT INTO t VALUES (1, 1);\nINSERT INTO t VALUES (1003, 1);\n", on_error_stop => 0);
is(job('mended', 'status, failures'), 'disconnected|1', 'a statement after it does');
$node->psql('postgres', "BEGIN; SELECT perfext.job_start('in a transaction'); INSERT INTO t VALUES (1004, 1)");
is(job('in a transaction'), 'disconnected|t|1|0', 'the transaction is rolled back, the run is not');

# By force: while a statement runs, while none does.
my $psql = start_psql($node, <<'END');
SET application_name = 'terminated';
SELECT perfext.job_start('terminated');
SELECT perfext.job_step('waiting');
SELECT pg_sleep(600);
END
my $pid = backend_pid($node, 'terminated', "wait_event = 'PgSleep'");
is(job('terminated'), 'running|f|0|0', 'running, as others see it');
is_look($node, q{SELECT step, ended IS NULL, elapsed_time > 0 FROM perfext.etl_steps WHERE job = 'terminated'},
	'waiting|t|t', 'and its step');
look($node, "SELECT pg_terminate_backend($pid)");
finish_psql($psql);
job_ends('terminated');
is(job('terminated'), 'failed|t|0|1', 'terminated in a statement');
$psql = start_psql($node, "SET application_name = 'idle';\nSELECT perfext.job_start('idle');\nSELECT 1;\n");
$pid = backend_pid($node, 'idle', "state = 'idle' AND query = 'SELECT 1;'");
look($node, "SELECT pg_terminate_backend($pid)");
job_ends('idle');
is(job('idle'), 'disconnected|t|0|0', 'terminated while idle');
$psql->{stdin} .= "\\q\n";
eval { finish_psql($psql) };

# What was done is seen by others at once, also what a transaction did that is open.
$psql = start_psql($node,
	"SET application_name = 'seen';\nSELECT perfext.job_start('seen');\nBEGIN;\n"
	  . join('', map { "INSERT INTO t VALUES (200$_, 0);\n" } 1 .. 5));
backend_pid($node, 'seen', "state = 'idle in transaction' AND query LIKE '%2005%'");
is(job('seen', 'status, rows_in'), 'running|5', 'rows are seen while the transaction is open');
$psql->{stdin} .= "COMMIT;\nSELECT perfext.job_end();\n";
finish_psql($psql);
is(job('seen', 'status, rows_in, commits'), 'ok|5|1', 'and its commit');

# Many sessions at once, each with runs of its own; nothing gets lost.
my $script = "$PostgreSQL::Test::Utils::tmp_check/script";
append_to_file($script, <<'END');
SELECT perfext.job_start('many');
SELECT perfext.job_step('write');
UPDATE t SET v = v + 1 WHERE id = :client_id + 1;
SELECT perfext.job_step('read');
SELECT v FROM t WHERE id = 1;
SELECT perfext.job_end();
END
$node->command_ok([ 'pgbench', '-n', '-c', 8, '-j', 2, '-t', 20, '-f', $script, 'postgres' ], '8 sessions at once');
is_look(
	$node, q{SELECT count(*), sum(rows_in), sum(rows_out), sum(statements), bool_and(status = 'ok'), count(DISTINCT run_id)
	  FROM perfext.etl_jobs WHERE job = 'many'},
	'160|160|160|320|t|160', 'all runs and their rows');
is_look(
	$node, q{SELECT step, count(*), sum(statements) FROM perfext.etl_steps WHERE job = 'many' GROUP BY 1 ORDER BY 1},
	"read|160|160\nwrite|160|160", 'and steps');
is_look($node, 'SELECT dropped FROM perfext.info', 0, 'nothing was dropped');

# A restart keeps all of it; a job under way when the server stops ends with its session.
$psql = start_psql($node, "SET application_name = 'stopped';\nSELECT perfext.job_start('stopped');\nSELECT 1;\n");
backend_pid($node, 'stopped', "state = 'idle' AND query = 'SELECT 1;'");
my $all = 'SELECT j FROM perfext.etl_jobs j WHERE job <> \'stopped\' ORDER BY run_id';
my $all_steps = 'SELECT s FROM perfext.etl_steps s WHERE job <> \'stopped\' ORDER BY run_id, step_no';
my ($jobs, $steps) = (look($node, $all), look($node, $all_steps));
my $last_run = look($node, 'SELECT max(run_id) FROM perfext.etl_jobs');
$node->restart;
eval { finish_psql($psql) };
is(look($node, $all), $jobs, 'a restart keeps the runs');
is(look($node, $all_steps), $steps, 'and the steps');
is(job('stopped', 'status, ended IS NOT NULL'), 'disconnected|t', 'a job under way when the server stops');
is(look($node, "SELECT perfext.job_start('next') > $last_run"), 't', 'numbers go on');
is_look($node, q{SELECT count(*) FROM perfext.etl_jobs WHERE status = 'crashed'}, 0, 'nothing crashed so far');

# A crash: what ran at the last save was ended by it.
$psql = start_psql($node, <<'END');
SET application_name = 'crashing';
SELECT perfext.job_start('crashing');
SELECT perfext.job_step('until the crash');
INSERT INTO t VALUES (3001, 0);
SELECT pg_sleep(600);
END
$pid = backend_pid($node, 'crashing', "wait_event = 'PgSleep'");
$node->append_conf('postgresql.conf', 'perfext.save_interval = 1s');
$node->reload;
$node->poll_query_until('postgres',
	q{SELECT last_save > (SELECT max(started) FROM perfext.etl_jobs WHERE job = 'crashing') FROM perfext.info})
  or die 'nothing was saved';
kill 'KILL', $pid;
eval { finish_psql($psql) };
$node->poll_query_until('postgres', 'SELECT true') or die 'the server does not come back';
is(job('crashing', 'status, ended IS NOT NULL, ended >= started, rows_in'), 'crashed|t|t|1', 'a backend that was killed');
is_look($node, q{SELECT step, ended IS NOT NULL, elapsed_time >= 0 FROM perfext.etl_steps WHERE job = 'crashing'},
	'until the crash|t|t', 'its step');
is(look($node, q{SELECT count(*), sum(rows_in) FROM perfext.etl_jobs WHERE job = 'many'}), '160|160', 'the others are kept');
$psql = start_psql($node, "SET application_name = 'immediate';\nSELECT perfext.job_start('immediate');\nSELECT 1;\n");
backend_pid($node, 'immediate', "state = 'idle' AND query = 'SELECT 1;'");
$node->poll_query_until('postgres',
	q{SELECT last_save > (SELECT max(started) FROM perfext.etl_jobs WHERE job = 'immediate') FROM perfext.info});
$node->stop('immediate');
eval { finish_psql($psql) };
$node->start;
is(job('immediate', 'status, ended IS NOT NULL'), 'crashed|t', 'an immediate stop');

# A smaller arena keeps the newest runs.
my $newest = look($node, 'SELECT max(run_id) FROM perfext.etl_jobs');
$node->append_conf('postgresql.conf', "perfext.shared_memory = '2MB'");
$node->restart;
is_look($node, "SELECT count(*) BETWEEN 5 AND 100, max(run_id) = $newest FROM perfext.etl_jobs", 't|t',
	'a smaller arena keeps the newest runs');
# When it is full, the oldest runs of the job with the most go, and each keeps some history.
$node->safe_psql('postgres', "SELECT perfext.reset()");
$node->safe_psql('postgres', "SELECT perfext.job_start('rare $_'); INSERT INTO t VALUES (400$_, 0); SELECT perfext.job_end()")
  for (1 .. 3);
$node->safe_psql('postgres', <<'END');
DO $$
BEGIN
  FOR i IN 1 .. 300 LOOP
    PERFORM perfext.job_start('frequent');
    PERFORM perfext.job_step('step');
    PERFORM perfext.job_end();
  END LOOP;
END $$
END
is_look(
	$node, q{SELECT count(*) FILTER (WHERE job LIKE 'rare%'), count(*) FILTER (WHERE job = 'frequent') > 3,
	  max(run_id) FILTER (WHERE job = 'frequent') - min(run_id) FILTER (WHERE job = 'frequent') + 1 = count(*) FILTER (WHERE job = 'frequent')
	  FROM perfext.etl_jobs}, '3|t|t', 'each job keeps history, the oldest runs of the most frequent one go');
# One user cannot push out the others.
$node->safe_psql('postgres', <<'END');
CREATE ROLE spammer;
SET ROLE spammer;
DO $$ BEGIN FOR i IN 1 .. 300 LOOP PERFORM perfext.job_start('spam ' || i); END LOOP; PERFORM perfext.job_end(); END $$
END
is_look($node, q{SELECT count(*) FROM perfext.etl_jobs WHERE job LIKE 'rare%'}, 3, 'another user with many jobs');
is_look($node, 'SELECT memory_used_bytes <= memory_bytes FROM perfext.info', 't', 'memory is bounded');
is(crashes($node), 0, 'no accidents');
$node->stop;
done_testing();
