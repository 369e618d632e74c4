# Jobs that nobody begins: known by a tag in comments, over several backends, or by
# the application_name of a session that loads.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = perfext_node('main', conf => "perfext.save_interval = 1h\nperfext.job_gap = 1h\n");
$node->safe_psql('postgres', <<'END');
CREATE TABLE t (id serial, v int);
CREATE FUNCTION fill(n int) RETURNS int LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO t (v) SELECT 1 FROM generate_series(1, n); RETURN n; END $$;
CREATE ROLE alice;
GRANT ALL ON t, t_id_seq TO alice;
END

sub run_as
{
	my ($application, $sql, %arg) = @_;
	local $ENV{PGAPPNAME} = $application;

	return $node->psql('postgres', $sql, %arg);
}

sub jobs
{
	my ($name, $columns) = @_;

	return look($node, "SELECT $columns FROM perfext.etl_jobs WHERE job = '$name' ORDER BY run_id");
}

# Tagged statements of several backends are one run; others are not in it.
run_as('a', "/*job='import'*/ INSERT INTO t (v) VALUES (1);\nINSERT INTO t (v) VALUES (2);\n");
run_as('b', "INSERT INTO t (v) VALUES (1), (2), (3) /*job='import',step='second'*/;\n");
run_as('c', "BEGIN;\n/* app:x,job:import */ SELECT count(*) FROM t;\nCOMMIT;\n");
is(jobs('import', 'source, status, rows_in, rows_out, statements, sessions, trace_id IS NULL'),
	'tag|running|4|1|3|3|t', 'three backends, one run');
is_look($node, q{SELECT step, is_named, rows_in FROM perfext.etl_steps WHERE job = 'import' ORDER BY step_no},
	"insert public.t|f|1\nsecond|t|3\nSELECT count(*) FROM t|f|0", 'its steps');
is(jobs('import', 'tags'), '{"job": "import"}', 'its tags');
# Another user's is another run, though the tag is the same.
run_as('a', "SET ROLE alice;\n/*job='import'*/ INSERT INTO t (v) VALUES (1);\n");
is(jobs('import', 'rows_in'), "4\n1", 'another user');

# What tells runs apart: a trace or request.
for my $run (1, 2, 1, 2, 2)
{
	run_as('a', "INSERT INTO t (v) VALUES (1) /*job='traced',request_id='r$run'*/");
}
is(jobs('traced', 'trace_id, statements'), "r1|2\nr2|3", 'runs of two requests, mixed');
# In one session, as behind a pooler
run_as('a', join('', map { "INSERT INTO t (v) VALUES (1) /*job='mixed',run_id='$_'*/;\n" } (1 .. 6) x 10));
is_look($node, q{SELECT count(*), min(statements), max(statements), sum(rows_in) FROM perfext.etl_jobs WHERE job = 'mixed'},
	'6|10|10|60', 'six runs in one session in turns');
run_as('a', "INSERT INTO t (v) VALUES (1) /*job='w3c',traceparent='00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd$_-01'*/")
  for (1, 2);
is(jobs('w3c', 'trace_id, statements'), '5bd66ef5095369c7b0d1f8f4bd33716a|2', 'spans of one trace');

# Utility statements, commits, functions.
run_as('a', "COPY t (v) FROM STDIN /*job='copying'*/;\n1\n2\n3\n\\.\nBEGIN;\nCOPY t (v) FROM STDIN /*job='copying'*/;\n4\n\\.\nCOMMIT;\n");
is(jobs('copying', 'rows_in, statements, commits'), '4|2|2', 'COPY, and the COMMIT without a tag');
run_as('a', "SELECT 1 /*job='nested'*/;\nSELECT fill(20) /*job='nested'*/;\nSELECT fill(30);\n/*job='nested'*/ DO \$\$ BEGIN PERFORM fill(5); END \$\$;\n");
is(jobs('nested', 'rows_in, statements'), '25|3', 'rows that tagged statements write inside of functions');
# Failures: of a tagged statement, and of one without
run_as('a', "SELECT 1 /*job='bad'*/;\nSELECT 1/0 /*job='bad'*/;\nSELECT 1/0;\n", on_error_stop => 0);
is(jobs('bad', 'statements, failures'), '1|1', 'a failure of a tagged statement');

# job_start() goes before tags; others take part in its run by the tag.
run_as('a', "SELECT perfext.job_start('called');\n/*job='other'*/ INSERT INTO t (v) VALUES (1);\nSELECT perfext.job_end();\n");
is(jobs('called', 'rows_in, status'), '1|ok', 'job_start goes before a tag');
is(jobs('other', 'status'), '', 'there is no run of the tag');
my $psql = start_psql($node, "SET application_name = 'main';\nSELECT perfext.job_start('together');\nINSERT INTO t (v) VALUES (1);\n");
backend_pid($node, 'main', "state = 'idle' AND query LIKE 'INSERT%'");
run_as('a', "INSERT INTO t (v) VALUES (1), (2) /*job='together'*/");
is(jobs('together', 'source, rows_in, sessions, status'), 'job_start|3|2|running', 'a second session takes part');
$psql->{stdin} .= "SELECT perfext.job_end();\n";
finish_psql($psql);
run_as('a', "INSERT INTO t (v) VALUES (1) /*job='together'*/");
is(jobs('together', 'source, rows_in, status'), "job_start|3|ok\ntag|1|running", 'after its end it is a run of its own');

# What is no job: a tag of another name, empty, in the text of the statement.
run_as('a', "SELECT 1 /*jobs='x'*/;\nSELECT 1 /*job=''*/;\nSELECT '/*job=''quoted''*/';\nSELECT 1 /*a='job=1'*/;\n");
is_look($node, q{SELECT count(*) FROM perfext.etl_jobs WHERE job IN ('x', '', 'quoted', '1')}, 0, 'no job');
# Any bytes
run_as('a', "SELECT 1 /*job='%00'*/;\nSELECT 1 /*job='%ff%fe'*/;\nSELECT 1 /*job='b%C3%A4d%27%0a'*/;\n/*job='" . ('x' x 400) . "'*/ SELECT 1;\n");
is_look($node, q{SELECT count(*), max(octet_length(job)) FROM perfext.etl_jobs WHERE job LIKE 'b_d%' OR job LIKE 'xxx%'},
	'2|127', 'names are decoded and cut');

# application_name: only of sessions that load in bulk.
run_as('quiet', "INSERT INTO t (v) SELECT 1 FROM generate_series(1, 500);\nSELECT v FROM t;\n");
is(jobs('quiet', 'status'), '', 'a session that does not load is no job');
run_as('loader', "SELECT 1;\nINSERT INTO t (v) SELECT 1 FROM generate_series(1, 20000);\nDELETE FROM t WHERE id % 2 = 0;\nANALYZE t;\n");
is(jobs('loader', 'source, status, rows_in > 20000, statements'), 'application_name|ok|t|3', 'one that loads is, from then on');
is_look($node, q{SELECT step FROM perfext.etl_steps WHERE job = 'loader' ORDER BY step_no},
	"insert public.t\ndelete public.t\nanalyze public.t", 'its steps');
run_as('loader', "INSERT INTO t (v) SELECT 1 FROM generate_series(1, 20000);\nSELECT 1/0;\n");
is(jobs('loader', 'status'), "ok\nfailed", 'each session is a run');
run_as('copier', "COPY t (v) FROM STDIN;\n" . ("7\n" x 10000) . "\\.\n");
is(jobs('copier', 'rows_in, statements'), '10000|1', 'COPY');
run_as('function', 'SELECT fill(10000)');
is(jobs('function', 'rows_in, statements'), '10000|1', 'a function');
run_as('reader', 'SELECT 1 FROM generate_series(1, 100000) \\g /dev/null');
is(jobs('reader', 'rows_out, statements'), '100000|1', 'one that reads');
run_as('renamed', "INSERT INTO t (v) SELECT 1 FROM generate_series(1, 10000);\nSET application_name = 'new name';\nSELECT 1;\nSELECT 2;\n");
is(jobs('renamed', 'statements'), '2', 'a session that changes its name leaves the job');
is_look($node, q{SELECT count(*) FROM perfext.etl_jobs WHERE job = 'new name'}, 0, 'and begins no other');
run_as('', "INSERT INTO t (v) SELECT 1 FROM generate_series(1, 10000)");
is_look($node, q{SELECT count(*) FROM perfext.etl_jobs WHERE job IS NULL OR job = ''}, 0, 'no name, no job');

# A pause ends a run that nobody ends.
$node->append_conf('postgresql.conf', 'perfext.job_gap = 1s');
$node->reload;
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM perfext.etl_jobs WHERE job = 'copying' AND status = 'ok' AND ended >= started
  AND NOT EXISTS (SELECT FROM perfext.etl_jobs WHERE job = 'bad' AND status = 'running')})
  or die 'a run never ends';
is_look($node, q{SELECT status FROM perfext.etl_jobs WHERE job = 'bad'}, 'failed', 'its last statement had failed');
run_as('a', "INSERT INTO t (v) VALUES (1) /*job='copying'*/");
is(jobs('copying', 'rows_in'), "4\n1", 'after a pause there is another run');
run_as('a', "INSERT INTO t (v) VALUES (1) /*job='traced',request_id='r1'*/");
is(jobs('traced', 'trace_id, statements'), "r1|3\nr2|3", 'but with the same trace it goes on');
$psql = start_psql($node, "SET application_name = 'pausing';\nINSERT INTO t (v) SELECT 1 FROM generate_series(1, 10000);\n"
	  . "\\! sleep 2\nSELECT 1;\nINSERT INTO t (v) SELECT 1 FROM generate_series(1, 10000);\n");
finish_psql($psql);
is(jobs('pausing', 'statements'), "1\n1", 'a session that pauses begins another run with the next load');

# They survive a restart.
$node->restart;
is_look($node, q{SELECT count(*), sum(rows_in), min(status), max(status) FROM perfext.etl_jobs WHERE job = 'mixed'},
	'6|60|ok|ok', 'a restart keeps them');
is(crashes($node), 0, 'no accidents');
$node->stop;
done_testing();
