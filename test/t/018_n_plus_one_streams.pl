# A thousand requests at the same time, all through one connection, each told
# apart by its trace: nothing is lost, and memory stays bounded.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $streams = 1000;
my $node = perfext_node('main', conf => "perfext.save_interval = 1h\n");
$node->safe_psql('postgres', <<'END');
CREATE TABLE author (id int PRIMARY KEY, name text);
CREATE TABLE book (id int PRIMARY KEY, author_id int);
INSERT INTO author SELECT i, 'author ' || i FROM generate_series(1, 10000) i;
INSERT INTO book SELECT i, i * 7919 % 10000 + 1 FROM generate_series(1, 10000) i;
ANALYZE;
END
look($node, 'SELECT perfext.reset()');

my $file = PostgreSQL::Test::Utils::tempdir() . '/requests.sql';
open(my $handle, '>', $file) or die $!;
sub trace { return sprintf("/*traceparent='00-%032x-%016x-01'*/", $_[0] + 1, $_[1] + 1) }
for my $r (0 .. $streams - 1)
{
	printf $handle "SELECT id, author_id FROM book WHERE id > %d ORDER BY id LIMIT 6 %s;\n", 6 * $r, trace($r, 0);
}
for my $i (1 .. 6)
{
	for my $r (0 .. $streams - 1)
	{
		printf $handle "SELECT name FROM author WHERE id = %d %s;\n", (6 * $r + $i) * 7919 % 10000 + 1, trace($r, $i);
	}
}
close($handle);
$node->command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-f', $file,
		'-d', $node->connstr('postgres') ], 'a thousand requests at once');
is_look($node, 'SELECT kind, link, episodes, executions, max_per_episode FROM perfext.n_plus_one',
	"read|book.author_id = author.id|$streams|" . 6 * $streams . '|6', 'each is an episode, and none is missed');
is_look($node, 'SELECT pattern_events_dropped FROM perfext.info', '0', 'no event was dropped');
is_look($node, "SELECT pattern_streams >= $streams, pattern_memory_bytes < 64 * 1024 * 1024 FROM perfext.info", 't|t',
	'and the detector says what it holds');

# Ten times as many, one after the other: the oldest make room
$node->safe_psql('postgres', join('', map { sprintf("SELECT name FROM author WHERE id = 1 /*traceparent='00-%032x-%016x-01'*/;\n", $_ + 100000, 1) } 1 .. 10 * $streams));
is_look($node, 'SELECT count(*) FROM perfext.n_plus_one', '1', 'still that one finding');
is_look($node, 'SELECT pattern_streams <= 8192, pattern_memory_bytes < 64 * 1024 * 1024 FROM perfext.info', 't|t', 'streams are bounded');
is_look($node, 'SELECT dropped, pattern_events_dropped FROM perfext.info', '0|0', 'nothing was dropped');

# One connection, one statement again and again, two applications: each its own
look($node, 'SELECT perfext.reset()');
my @asks = map { "EXECUTE one($_);\n" } 1 .. 1700;
$node->safe_psql('postgres', join('',
	"SET application_name = 'first';\nPREPARE one(int) AS SELECT name FROM author WHERE id = \$1;\n",
	@asks[0 .. 799], "SET application_name = 'second';\n", @asks[800 .. 1699]));
is_look($node, 'SELECT kind, episodes, executions, max_per_episode FROM perfext.n_plus_one', 'read|2|1700|900',
	'an application that changed its name is another one');
done_testing();
