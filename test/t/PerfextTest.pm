# What the TAP tests of perfext share: a server with the library preloaded, and
# ways to look at it that leave no trace in what they look at.

package PerfextTest;

use strict;
use warnings FATAL => 'all';

use Exporter 'import';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

our @EXPORT = qw(perfext_node look is_look dump_views mark marks
  create_many crashes
  restart_until_it_works run_client start_psql finish_psql backend_pid server_version
  have_module often proved same_with_what_if);

# A running server with perfext preloaded and created in database postgres.
#   conf     lines for postgresql.conf, after those of every test
#   libraries   shared_preload_libraries (default: perfext)
#   init     arguments of init()
#   marks    names for mark()
sub perfext_node
{
	my ($name, %arg) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	my $libraries = $arg{libraries} // 'perfext';

	$node->init(%{ $arg{init} // {} });
	$node->append_conf('postgresql.conf', <<"END");
shared_preload_libraries = '$libraries'
autovacuum = off
restart_after_crash = on
jit = off
END
	$node->append_conf('postgresql.conf', $arg{conf}) if defined $arg{conf};
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION perfext')
	  unless $arg{no_extension};
	look($node, "CREATE TABLE mark_$_()") for @{ $arg{marks} // [] };
	return $node;
}

# Executes a statement that is another one for each name.
sub mark
{
	my ($node, $name) = @_;

	$node->safe_psql('postgres', "SELECT FROM mark_$name");
}

# How often mark() was called with this name, as far as perfext knows.
sub marks
{
	my ($node, $name) = @_;

	return look($node,
		    'SELECT coalesce(sum(calls), 0) FROM perfext.statements'
		  . " WHERE query = 'SELECT FROM mark_$name'");
}

# Creates function many(start, n), which executes n statements, each another one
# for each number up to 65535.
sub create_many
{
	my ($node) = @_;

	look(
		$node, <<'END');
CREATE FUNCTION many(start int, n int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE expression text;
BEGIN
  FOR i IN start .. start + n - 1 LOOP
    expression := '1';
    FOR bit IN 0 .. 15 LOOP
      expression := expression || CASE WHEN i & (1 << bit) <> 0 THEN ' + 1' ELSE ' - 1' END;
    END LOOP;
    EXECUTE 'SELECT ' || expression;
  END LOOP;
END $$;
END
}

# Starts a server whose postmaster was killed: the first tries may come too
# early, while its last processes have not yet noticed.
sub restart_until_it_works
{
	my ($node) = @_;

	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return 1 if $node->start(fail_ok => 1);
		$node->{_pid} = undef;
		usleep(100_000);
	}
	die 'the server does not start';
}

# The answer to a query that perfext does not record.
sub look
{
	my ($node, $sql, $database) = @_;
	local $ENV{PGOPTIONS} = '-c perfext.enabled=off';

	return $node->safe_psql($database // 'postgres', $sql);
}

# Several statements, each a message of its own, in one connection.  Afterwards its
# process is gone: what that had only counted it tells when it ends, and psql
# does not wait for that.
sub run_client
{
	my ($node, @statements) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir() . '/client.sql';

	open(my $handle, '>', $file) or die $!;
	print $handle map { "$_;\n" } @statements;
	close($handle);
	local $Test::Builder::Level = $Test::Builder::Level + 2;
	$node->command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-f', $file,
			'-d', $node->connstr('postgres') ], 'a client');
	all_gone($node);
}

# Waits until no client is connected any more, but for who asks for that.
sub all_gone
{
	my ($node) = @_;
	local $ENV{PGOPTIONS} = '-c perfext.enabled=off';

	$node->poll_query_until('postgres', 'SELECT NOT EXISTS (SELECT FROM pg_stat_activity'
		  . " WHERE backend_type = 'client backend' AND query !~ 'pg_stat_activity')")
	  or die 'a client stays connected';
}

sub is_look
{
	my ($node, $sql, $expected, $name, $database) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;

	return is(look($node, $sql, $database), $expected, $name);
}

# Everything that was recorded, as text.  Counters that reading or saving itself
# moves are left out, so that two looks at the same state are equal.
sub dump_views
{
	my ($node) = @_;

	return {
		statements => look($node,
			    'SELECT s FROM perfext.statements s'
			  . ' ORDER BY userid, dbid, queryid, toplevel'),
		plans => look($node,
			    'SELECT p FROM perfext.plans p'
			  . ' ORDER BY userid, dbid, queryid, toplevel, planid'),
		plan_nodes => look($node,
			    'SELECT n FROM perfext.plan_nodes n'
			  . ' ORDER BY userid, dbid, queryid, toplevel, planid, node_id'),
		info => look($node,
			    'SELECT version, memory_bytes, statements, plans, nodes, recorded,'
			  . ' evicted, evicted_plans, dropped, dropped_samples, pending,'
			  . ' exec_time, overhead_time, stats_reset'
			  . ' FROM perfext.info'),
	};
}

# Number of processes of the server that ended by a signal that means a bug.
sub crashes
{
	my ($node) = @_;
	my $log = slurp_file($node->logfile);
	my @bad =
	  $log =~ /was terminated by signal (?:6|7|8|11)\b|PANIC: |TRAP: /g;

	return scalar @bad;
}

# A psql that runs in the background.  Returns a handle whose {stdin} takes SQL
# and {stdout} shows answers; finish_psql ends it.
sub start_psql
{
	my ($node, $sql, $database) = @_;
	my $self = { stdin => $sql, stdout => '', stderr => '' };

	$self->{run} = IPC::Run::start(
		[
			'psql', '-XAtq', '-f', '-', '-d',
			$node->connstr($database // 'postgres')
		],
		'<', \$self->{stdin}, '>', \$self->{stdout}, '2>', \$self->{stderr},
		IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	$self->{run}->pump_nb;
	return $self;
}

sub finish_psql
{
	my ($self) = @_;

	$self->{run}->finish;
	return $self->{stderr};
}

# Waits for the backend that calls itself so and is in the state, and gives its
# process id.
sub backend_pid
{
	my ($node, $application, $condition) = @_;
	my $where = "application_name = '$application' AND $condition";

	local $ENV{PGOPTIONS} = '-c perfext.enabled=off';
	$node->poll_query_until('postgres',
		"SELECT count(*) = 1 FROM pg_stat_activity WHERE $where")
	  or die "backend \"$application\" never was as expected: $condition";
	return $node->safe_psql('postgres',
		"SELECT pid FROM pg_stat_activity WHERE $where");
}

# The server's major version.  (To PostgreSQL::Version 19rc1 is less than 19.)
sub server_version
{
	my $version = `pg_config --version`;

	$version =~ /(\d+)/ or die "no version in \"$version\"";
	return $1;
}

# Is this module of the server installed?
sub have_module
{
	my ($module) = @_;
	my $dir = `pg_config --pkglibdir`;

	chomp $dir;
	return -e "$dir/$module.so";
}

# The statement again and again, until it has run long enough to be thought about.
sub often
{
	my ($statement, $times) = @_;

	return "$statement;\n" x ($times // 40);
}

# What is known of the proofs of statements with this text: what was found, a
# line each.
sub proved
{
	my ($node, $marker, $database) = @_;

	return look($node,
		    q{SELECT DISTINCT coalesce(reason, (SELECT string_agg(i->>'relname' || '('}
		  . q{ || (i->>'column_list') || ')', ',') FROM jsonb_array_elements(indexes) i))}
		  . q{ FROM perfext.index_proofs JOIN perfext.statements USING (userid, dbid, queryid, toplevel)}
		  . qq{ WHERE query LIKE '%$marker%' AND query NOT LIKE 'EXPLAIN%' ORDER BY 1}, $database);
}

# Two texts are the same; of those that are not, only the lines that differ are told.
sub same_lines
{
	my ($got, $expected, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @got = split /\n/, $got, -1;
	my @expected = split /\n/, $expected, -1;

	return if ok($got eq $expected, $name);
	while (@got || @expected)
	{
		my ($ours, $theirs) = (shift @got, shift @expected);
		next if defined $ours && defined $theirs && $ours eq $theirs;
		diag('         got: ', $ours // '(no line)', "\n    expected: ", $theirs // '(no line)');
	}
	return;
}

# Does the same twice: $sql after $setup, without what-if and with it, in sessions of
# their own; answers and messages must be the same.  Returns them.
#   proof      what is found out for statements that contain "marker" (a regular expression)
#   database   where
sub same_with_what_if
{
	my ($node, $name, $setup, $sql, %arg) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $database = $arg{database} // 'postgres';
	my %said;

	for my $target (0, 100)
	{
		look($node, $setup, $database) if $setup ne '';
		look($node, 'SELECT perfext.reset()', $database);
		my ($ret, $out, $err) = $node->psql(
			$database,
			"SET perfext.what_if_timeout = '10s';"
			  . "SET perfext.what_if_target = $target;\n$sql",
			on_error_stop => 0);
		$said{$target} = { out => $out, err => $err };
		is(proved($node, 'marker', $database), '', "$name: target 0 proves nothing") if $target == 0;
	}
	same_lines($said{100}{out}, $said{0}{out}, "$name: same answers");
	same_lines($said{100}{err}, $said{0}{err}, "$name: same messages");
	like(proved($node, 'marker', $database), $arg{proof}, "$name: what was found out")
	  if defined $arg{proof};
	return $said{100};
}

1;
