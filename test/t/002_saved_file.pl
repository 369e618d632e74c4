# The saved file: one that cannot be used is moved aside with a WARNING and the
# server starts; it lives in pg_stat and a base backup carries it along;
# perfext.save = off writes none.

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
	conf => "perfext.save_interval = 1h\n",
	init => { allows_streaming => 1 },
	marks => [qw(saved kept anew unsaved)]);
my $file = $node->data_dir . '/pg_stat/perfext.stat';

sub write_file
{
	my ($name, $content) = @_;

	open(my $fh, '>:raw', $name) or die "cannot write $name: $!";
	print $fh $content;
	close($fh) or die "cannot write $name: $!";
}

sub read_raw
{
	my ($name) = @_;

	open(my $fh, '<:raw', $name) or die "cannot read $name: $!";
	local $/;
	my $content = <$fh>;
	close($fh);
	return $content;
}

# The stopped server is started with this file: a WARNING, nothing recorded
# from before, and the file is kept under another name.
sub is_moved_aside
{
	my ($content, $why, $name) = @_;
	my $log_end = -s $node->logfile;

	unlink "$file.bad";
	write_file($file, $content);
	ok($node->start(fail_ok => 1), "$name: the server starts") or return;
	my $log = slurp_file($node->logfile, $log_end);
	like($log, qr/WARNING: .*perfext.*$why/, "$name: the log has a WARNING");
	like($log, qr/HINT: /, "$name: with a hint");
	ok(-e "$file.bad" && read_raw("$file.bad") eq $content,
		"$name: the file is moved aside as it was");
	is(marks($node, 'saved'), 0, "$name: nothing of it is used");
	mark($node, 'anew');
	is(marks($node, 'anew'), 1, "$name: recording works");
	$node->stop;
	ok(-s $file, "$name: the next save works");
}

mark($node, 'saved') for (1 .. 21);
mark($node, 'kept');
$node->stop;
my $good = read_raw($file);
cmp_ok(length($good), '>', 1000, 'the file is in pg_stat and not empty');
ok(!-e "$file.tmp", 'no temporary file is left');

# Where the header ends does not matter: a byte is changed at many places.
my $damaged = $good;
substr($damaged, length($damaged) / 2, 1) ^= "\x40";
is_moved_aside($damaged, '', 'damaged in the middle');

$damaged = $good;
substr($damaged, -1) ^= "\x01";
is_moved_aside($damaged, '', 'damaged at the end');

$damaged = $good;
substr($damaged, 0, 1) ^= "\x01";
is_moved_aside($damaged, '', 'damaged magic');

is_moved_aside(substr($good, 0, length($good) / 2), '', 'truncated');
is_moved_aside(substr($good, 0, -1), '', 'truncated by one byte');
is_moved_aside(substr($good, 0, 10), '', 'shorter than a header');
is_moved_aside('', '', 'empty');
is_moved_aside($good . 'x', '', 'one byte too long');
srand(42);
is_moved_aside(join('', map { chr(int(rand(256))) } 1 .. 5000),
	'', 'random bytes');
is_moved_aside("\0" x 100_000, '', 'zeroes');

# Every byte of the header matters, and none of them makes the server fail.
# (Offsets of fields are not known here, so all of the first bytes are tried on
# a file that is small, and only the start is looked at.)
my $starts = 0;
my $tries = 0;
for (my $at = 8; $at < 136; $at += 12)
{
	$damaged = $good;
	substr($damaged, $at, 4) = "\xff\xff\xff\x7f";
	write_file($file, $damaged);
	$tries++;
	$node->start(fail_ok => 1) or next;
	$node->safe_psql('postgres', 'SELECT count(*) FROM perfext.statements');
	$node->stop;
	$starts++;
}
is($starts, $tries, 'the server starts with any damage to the header');

# The file of another cluster.
my $other = perfext_node(
	'other',
	conf => "perfext.save_interval = 1h\n",
	marks => ['saved']);
mark($other, 'saved');
$other->stop;
is_moved_aside(read_raw($other->data_dir . '/pg_stat/perfext.stat'),
	'another database cluster', 'file of another cluster');

# The good file is still good.
write_file($file, $good);
$node->start;
is(marks($node, 'saved'), 21, 'the undamaged file is loaded');

# A base backup carries the numbers along.
$node->stop;
$node->start;
$node->backup('copy');
my $copy = PostgreSQL::Test::Cluster->new('copy');
$copy->init_from_backup($node, 'copy');
$copy->start;
is(marks($copy, 'saved'), 21, 'a base backup has the numbers');
is_look(
	$copy,
	'SELECT system_identifier FROM pg_control_system()',
	look($node, 'SELECT system_identifier FROM pg_control_system()'),
	'and is the same system');
$copy->stop;

# perfext.save = off
mark($node, 'unsaved');
$node->append_conf('postgresql.conf',
	"perfext.save = off\nperfext.save_interval = 1s\n");
$node->stop;
unlink $file;
$node->start;
mark($node, 'unsaved');
is(marks($node, 'unsaved'), 1, 'save = off: recorded');
$node->restart;
is(marks($node, 'unsaved'), 0, 'save = off: forgotten at a restart');
$node->stop;
ok(!-e $file, 'save = off: no file');

# With save = off a file from before stays untouched and is not read.
write_file($file, $good);
$node->start;
is(marks($node, 'saved'), 0, 'save = off: no file is read');
$node->stop;
ok(read_raw($file) eq $good, 'save = off: nor is it written');

# The folder cannot be written to: a message, and the server does its work.
SKIP:
{
	skip 'root may write everywhere', 2 if $> == 0;
	$node->append_conf('postgresql.conf', 'perfext.save = on');
	$node->start;
	mkdir "$file.tmp" or die "cannot make $file.tmp: $!";
	my $log_end = -s $node->logfile;
	mark($node, 'kept');
	$node->wait_for_log(qr/perfext could not write file/, $log_end);
	pass('the log says that a save failed');
	rmdir "$file.tmp";
	my $now = look($node, 'SELECT clock_timestamp()');
	ok( $node->poll_query_until(
			'postgres', "SELECT last_save > '$now' FROM perfext.info"),
		'and the next one works');
	$node->stop;
}

is(crashes($node), 0, 'no accidents');
done_testing();
