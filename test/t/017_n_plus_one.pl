# N+1 patterns as clients make them, seen in perfext.n_plus_one: found with the
# right parent and link, counted over episodes, connections and restarts, and
# not found where there is none.  Real frameworks are in test/clients.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = perfext_node('main', conf => "perfext.save_interval = 1h\n");
$node->safe_psql('postgres', <<'END');
CREATE ROLE alice LOGIN;
CREATE TABLE author (id int PRIMARY KEY, name text);
CREATE TABLE publisher (id int PRIMARY KEY, name text);
CREATE TABLE book (id int PRIMARY KEY, title text, author_id int, publisher_id int);
CREATE INDEX ON book (author_id);
CREATE TABLE entry (id int PRIMARY KEY, note text);
CREATE TABLE job (id int PRIMARY KEY, state text);
INSERT INTO author SELECT i, 'author ' || i FROM generate_series(1, 3000) i;
INSERT INTO publisher SELECT i, 'publisher ' || i FROM generate_series(1, 500) i;
INSERT INTO book SELECT i, 'book ' || i, i * 37 % 3000 + 1, i * 13 % 500 + 1 FROM generate_series(1, 5000) i;
INSERT INTO job SELECT i, 'new' FROM generate_series(1, 1000) i;
GRANT ALL ON ALL TABLES IN SCHEMA public TO alice;
ANALYZE;
END

sub client { return run_client($node, @_) }

sub forget
{
	look($node, "SELECT perfext.reset(), perfext.reset_kind('n_plus_one')");
}

# The columns of all findings, in the order of their kinds and children
sub is_found
{
	my ($columns, $expected, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;

	return is_look($node, "SELECT $columns FROM perfext.n_plus_one ORDER BY kind, child_query", $expected, $name);
}

sub books { return "SELECT id, title, author_id, publisher_id FROM book WHERE id > $_[0] ORDER BY id LIMIT $_[1]" }
sub author_of { return $_[0] * 37 % 3000 + 1 }
sub publisher_of { return $_[0] * 13 % 500 + 1 }
sub author { return 'SELECT id, name FROM author WHERE id = ' . author_of($_[0]) . ($_[1] // '') }
sub publisher { return 'SELECT id, name FROM publisher WHERE id = ' . publisher_of($_[0]) }

my $found = 'kind, link, episodes, executions, max_per_episode, confidence';

# A look-up per row, each a transaction of its own
client(books(0, 20), map { author($_) } 1 .. 20);
is_found($found, 'read|book.author_id = author.id|1|20|20|high', 'a look-up per row');
is_found("parent_query ~ '^SELECT id, title', child_query", 't|SELECT id, name FROM author WHERE id = $1', 'its parent and its child');
is_found('saved_time > 0 AND saved_time_low <= saved_time AND saved_time <= saved_time_high'
	  . ' AND saved_time_high <= db_time + gap_time', 't', 'its times are in order');

# Once more, over other numbers of rows: episodes, and how they grow
client(books(100, 10), map { author($_) } 101 .. 110);
client(books(200, 40), map { author($_) } 201 .. 240);
is_found("$found, mean_per_episode, parent_rows, round(executions_per_parent_row::numeric, 2), distinct_ratio > 0.9",
	'read|book.author_id = author.id|3|70|40|high|23.333333333333332|70|1.00|t', 'three episodes are one finding');

# What is saved is not lost, and not counted twice
$node->restart;
is_found("$found, parent_query IS NOT NULL", 'read|book.author_id = author.id|3|70|40|high|t', 'after a restart');
client(books(300, 10), map { author($_) } 301 .. 310);
is_found($found, 'read|book.author_id = author.id|4|80|40|high', 'and it goes on');
forget();
is_found($found, '', 'forgotten');

# Too few are none, in one episode and in several
client((books(0, 4), map { author($_) } 1 .. 4) x 3);
is_found($found, '', 'four are no pattern');
forget();
$node->append_conf('postgresql.conf', 'perfext.n_plus_one_threshold = 3');
$node->reload;
client(books(0, 4), map { author($_) } 1 .. 4);
is_found($found, 'read|book.author_id = author.id|1|4|4|high', 'but with a threshold of 3');
$node->append_conf('postgresql.conf', 'perfext.n_plus_one_threshold = 5');
$node->reload;
forget();

# More than are told one by one: the later ones are only counted, and lost are none
client('SELECT id, author_id FROM book ORDER BY id LIMIT 900', map { author($_) } 1 .. 900);
is_found("$found, distinct_ratio > 0.9", 'read|book.author_id = author.id|1|900|900|high|t', 'many, of which the later ones are only counted');
forget();
client('SELECT id, author_id FROM book ORDER BY id LIMIT 900', (map { author($_) } 1 .. 900), '\\! sleep 3', 'SELECT 1');
is_found($found, 'read|book.author_id = author.id|1|900|900|high', 'and those counted before a pause');
forget();

# In one transaction; with bound parameters; several children, one of them now and then
client('BEGIN', books(0, 20), (map { author($_) } 1 .. 20), 'COMMIT');
is_found($found, 'read|book.author_id = author.id|1|20|20|high', 'in a transaction');
forget();
client('PREPARE p(int) AS SELECT id, name FROM author WHERE id = $1',
	books(0, 20), map { 'EXECUTE p(' . author_of($_) . ')' } 1 .. 20);
is_found($found, 'read|book.author_id = author.id|1|20|20|high', 'with a prepared statement');
forget();
client(books(0, 20), map { (author($_), $_ % 2 ? publisher($_) : ()) } 1 .. 20);
is_found('kind, link, cardinality(child_queryids), episodes, executions, confidence',
	'read|book.author_id = author.id, book.publisher_id = publisher.id|2|1|30|high', 'two children, one of them for every other row');
forget();

# A list per row, and under it a look-up per row of the list
client('SELECT id FROM author WHERE id < 6 ORDER BY id',
	map { my $a = $_; ("SELECT id, publisher_id FROM book WHERE author_id = $a",
			map { publisher($_) } grep { author_of($_) == $a } 1 .. 5000) } 1 .. 5);
is_found("kind, link, executions, parent_query ~ 'FROM book'", <<'END' =~ s/\n\z//r, 'a list per row, and a look-up per row of the lists');
read|book.publisher_id = publisher.id|8|t
read|author.id = book.author_id|5|f
END
forget();

# More lists than those whose values are all told
client('SELECT id FROM author WHERE id < 201 ORDER BY id',
	map { my $a = $_; ("SELECT id, publisher_id FROM book WHERE author_id = $a",
			map { publisher($_) } grep { author_of($_) == $a } 1 .. 5000) } 1 .. 200);
my $looked_up = grep { author_of($_) <= 200 } 1 .. 5000;
is_found("kind, link, executions, parent_query ~ 'FROM book'", <<"END" =~ s/\n\z//r, 'two hundred lists');
read|book.publisher_id = publisher.id|$looked_up|t
read|author.id = book.author_id|200|f
END
forget();

# Several workers of one name, each over the same rows
{
	my $file = PostgreSQL::Test::Utils::tempdir() . '/worker.sql';
	my @workers;

	open(my $handle, '>', $file) or die $!;
	print $handle map { "$_;\n" } books(0, 200), map { author($_) } 1 .. 200;
	close($handle);
	push @workers, IPC::Run::start([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-f', $file,
			'-d', $node->connstr('postgres') ]) for 1 .. 6;
	ok((grep { $_->finish } @workers) == 6, 'six workers');
	is_found("$found, parent_rows", 'read|book.author_id = author.id|6|1200|200|high|1200', 'six workers are six episodes');
	forget();
}

# The parent is a cursor, which ends with its transaction or before it
client('BEGIN', 'DECLARE c CURSOR FOR SELECT id, author_id FROM book ORDER BY id LIMIT 20', 'FETCH 10 FROM c',
	(map { author($_) } 1 .. 10), 'FETCH 10 FROM c', (map { author($_) } 11 .. 20), 'COMMIT');
is_found("kind, link, executions, parent_query ~ 'FROM book'", 'read|book.author_id = author.id|20|t', 'rows of a cursor');
forget();
client('DECLARE h CURSOR WITH HOLD FOR SELECT id, author_id FROM book ORDER BY id LIMIT 19', 'FETCH ALL FROM h',
	(map { author($_) } 1 .. 19), 'CLOSE h');
is_found("kind, link, executions, parent_query ~ 'FROM book'", 'read|book.author_id = author.id|19|t', 'of a held one');
forget();

# A join moves the value to the other side; many rows that refer to few others
client('SELECT id FROM author WHERE id < 21 ORDER BY id', map {
		"SELECT b.title, a.name FROM book b JOIN author a ON a.id = b.author_id WHERE b.author_id = $_" } 1 .. 20);
is_found('kind, link', 'read|author.id = book.author_id', 'the link to a join');
forget();
client('SELECT id, id % 7 + 1 AS publisher_id FROM book ORDER BY id LIMIT 20',
	map { 'SELECT name FROM publisher WHERE id = ' . ($_ % 7 + 1) } 1 .. 20);
is_found("kind, executions, parent_query ~ 'FROM book'", 'read|20|t', 'each of a few values a few times');
forget();

# Marked by the trace of a request, whoever sends it
my $trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
client("/* perfext-test */ SELECT 1", books(0, 8) . " /*traceparent='$trace',route='/books'*/",
	map { author($_, " /*traceparent='$trace',route='/books'*/") } 1 .. 8);
is_found("$found, tags", qq(read|book.author_id = author.id|1|8|8|high|{"route": "/books"}), 'with a trace, and the tags that last');
look($node, "INSERT INTO perfext.n_plus_one_ignore(tag, value, reason) VALUES ('route', '/boo%', 'known')");
is_found($found, '', 'a rule silences it');
look($node, "UPDATE perfext.n_plus_one_ignore SET threshold = 8");
is_found('kind', 'read', 'below a threshold');
look($node, "DELETE FROM perfext.n_plus_one_ignore");
forget();
client(books(0, 8), map { author($_, ' /* perfext:ok */') } 1 .. 8);
is_found($found, '', 'a comment silences it');
forget();

# Row by row: one transaction each, or one in all
client(map { "INSERT INTO entry VALUES ($_, 'new')" } 1 .. 20);
is_found('kind, operation, episodes, executions', 'write|insert|1|20', 'inserts row by row');
forget();
# A program that connects again for each part of its rows: not who takes turns
my @parts = map { my $part = $_; [ map { 'INSERT INTO entry VALUES (' . (1000 * $part + $_) . ", 'new')" } 1 .. 100 ] } 1 .. 2;
client(@{ $parts[0] }, "SELECT 1;\n\\c\nSELECT 1", @{ $parts[1] });
is_found('kind, operation, sum(executions) OVER ()', 'write|insert|200', 'inserts row by row in one session after another');
forget();
client('SELECT id FROM job ORDER BY id LIMIT 20', map { "UPDATE job SET state = 'done' WHERE id = $_" } 1 .. 20);
is_found('kind, operation, link, executions', 'write|update|job.id = job.id|20', 'updates row by row');
forget();

# The same again and again; a loop over numbers that no statement returned
client(('SELECT name FROM author WHERE id = 7') x 20);
is_found('kind, executions, parent_query IS NULL', 'redundant|20|t', 'the same look-up 20 times');
forget();
client(map { "SELECT name FROM author WHERE id = $_" } 1 .. 20);
is_found('kind, executions, parent_query IS NULL, confidence', 'read|20|t|low', 'a loop over numbers');
forget();

# Not N+1
client(books(0, 20), 'SELECT * FROM author WHERE id IN (' . join(', ', map { author_of($_) } 1 .. 20) . ')');
client(map { my $i = $_; "SELECT * FROM book WHERE id > $i ORDER BY id LIMIT 10" } map { 10 * $_ } 1 .. 20);
client(map { ('BEGIN', 'SELECT id FROM job WHERE state = \'new\' ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1',
			"UPDATE job SET state = 'gone' WHERE id = " . (100 + $_), 'COMMIT') } 1 .. 20);
client(map { my $b = $_; map { "SELECT * FROM author WHERE id IN (" . join(', ', map { $_ + 20 * $b } 1 .. 20) . ')' } 1 } 1 .. 10);
is_found($found, '', 'lists of keys, pages, and a queue are no patterns');
client(map { my $i = $_; 'SELECT * FROM author WHERE id IN (' . join(', ', map { 10 * $i + $_ } 1 .. 1 + $i % 30) . ')' } 0 .. 199);
is_found($found, '', 'nor are lists of which some have one key');
$node->command_ok([ 'pgbench', '-i', '-q', '-d', $node->connstr('postgres') ], 'pgbench -i');
forget();
for my $mode ('-S', '-N', '-SMprepared')
{
	$node->command_ok([ 'pgbench', '-n', '-c', 8, '-j', 2, '-t', 50, $mode, '-d', $node->connstr('postgres') ], "pgbench $mode");
}
is_found($found, '', 'pgbench has none');

# Inside functions
look($node, <<'END');
CREATE FUNCTION titles() RETURNS int LANGUAGE plpgsql AS $$
DECLARE b record; t text; n int := 0;
BEGIN
  FOR b IN SELECT author_id FROM book ORDER BY id LIMIT 30 LOOP
    SELECT name INTO t FROM author WHERE id = b.author_id;
    n := n + length(t);
  END LOOP;
  RETURN n;
END $$;
END
forget();
client('SELECT titles()');
is_found("kind, context, executions, parent_query ~ 'FROM book', child_query ~ 'FROM author'",
	'nested|titles() line 5|30|t|t', 'a loop in PL/pgSQL, and its line');
forget();
# What the query of the loop takes is not to be saved
look($node, <<'END');
CREATE FUNCTION slow_titles() RETURNS int LANGUAGE plpgsql AS $$
DECLARE b record; t text; n int := 0;
BEGIN
  FOR b IN SELECT author_id, pg_sleep(0.01) FROM book ORDER BY id LIMIT 30 LOOP
    SELECT name INTO t FROM author WHERE id = b.author_id;
    n := n + length(t);
  END LOOP;
  RETURN n;
END $$;
END
client('SELECT slow_titles()');
is_found('saved_time_low <= saved_time, saved_time <= saved_time_high, saved_time_high <= 2 * db_time',
	't|t|t', 'times of a loop over a slow query');
forget();

# Keys inside of expressions: of values that the parent returned; of parameters; of literals
# that went through a function, where only the number of rows tells
look($node, <<'END');
CREATE TABLE subscriber (id int PRIMARY KEY, mail text, member text);
CREATE TABLE member (id int PRIMARY KEY, email text, body jsonb);
CREATE INDEX ON member (lower(email));
INSERT INTO subscriber SELECT i, 'M' || i * 7 % 1000 || '@x.org', 'm' || i * 7 % 1000 || '@x.org' FROM generate_series(1, 1000) i;
INSERT INTO member SELECT i, 'M' || i || '@X.org', jsonb_build_object('mail', 'M' || i || '@x.org') FROM generate_series(0, 999) i;
ANALYZE;
END
sub subscribers { return "SELECT id, mail, member FROM subscriber ORDER BY id LIMIT $_[0]" }
sub mail { return 'M' . $_[0] * 7 % 1000 . '@x.org' }
sub by_mail { my ($what, $value) = @_; return map { sprintf("SELECT id FROM member WHERE $what = $value", mail($_)) } 1 .. 20 }
client(subscribers(20), by_mail("body->>'mail'", "'%s'"));
is_found($found, 'read|subscriber.mail = member.body|1|20|20|high', 'a field of a document');
forget();
client(subscribers(20), map { lc } by_mail('lower(email)', "'%s'"));
is_found($found, 'read|subscriber.member = member.email|1|20|20|high', 'an indexed expression');
forget();
for my $mode ('auto', 'force_generic_plan')
{
	client("SET plan_cache_mode = $mode", 'PREPARE m(text) AS SELECT id FROM member WHERE lower(email) = lower($1)',
		subscribers(20), map { "EXECUTE m('" . mail($_) . "')" } 1 .. 20);
	is_found($found, 'read|subscriber.mail = member.email|1|20|20|high', "a function of a parameter, $mode");
	is_found("rewrite ~ 'WHERE lower\\(email\\) = lower\\(parent.mail\\)'", 't', 'its rewrite');
	forget();
}
client('SELECT id, mail FROM subscriber ORDER BY id LIMIT 20', by_mail('lower(email)', "lower('%s')"));
is_found("$found, parent_query ~ 'FROM subscriber'", 'read||1|20|20|medium|t', 'a function of a literal');
forget();
client(subscribers(20), 'SELECT id FROM member WHERE lower(email) IN (' . join(', ', map { "lower('" . mail($_) . "')" } 1 .. 20) . ')',
	(by_mail('lower(email)', "lower('%s')"))[0 .. 3]);
client(subscribers(20), ("SELECT id FROM member WHERE upper(email) = upper('M1\@x.org') AND id > 5") x 4);
is_found($found, '', 'a list, a few, and a constant are none');

# The parent's rows went out by COPY
client('COPY (SELECT id, author_id FROM book WHERE id > 0 ORDER BY id LIMIT 20) TO STDOUT', map { author($_) } 1 .. 20);
is_found($found, 'read|book.author_id = author.id|1|20|20|high', 'COPY of a query');
is_found("rewrite ~ '^[^\\n]*\\nSELECT parent'", 't', 'its rewrite is of the query');
forget();
client('COPY (SELECT id, author_id FROM book ORDER BY id LIMIT 500) TO STDOUT', (map { author($_) } 1 .. 4), 'COPY author TO STDOUT');
is_found($found, '', 'an export is none');

# Procedures
look($node, <<'END');
CREATE PROCEDURE note(author int, words text DEFAULT '') LANGUAGE plpgsql AS $$
BEGIN INSERT INTO entry SELECT coalesce(max(id), 0) + 1, words FROM entry; END $$;
END
client(books(0, 20), map { 'CALL note(' . author_of($_) . ", 'x')" } 1 .. 20);
is_found("$found, operation, parent_query ~ 'FROM book'", 'write||1|20|20|high|call|t', 'a CALL per row');
is_found("rewrite ~ '^-- call once'", 't', 'and what to do');
forget();
client(books(0, 20), map { 'CALL note(' . author_of($_) . ')' } 1 .. 4);
is_found($found, '', 'a few calls are none');
forget();
client(books(0, 20), ("CALL note(5, 'x')") x 20);
is_found($found, '', 'nor is the same one again');
forget();
client(map { 'CALL note(' . $_ * 100 . ", 'x')" } 1 .. 20);
is_found($found, '', 'nor are those of no rows');
forget();

# Rights: names and texts of others stay hidden
client(books(0, 20), map { author($_) } 1 .. 20);
my ($rows) = $node->safe_psql('postgres', 'SELECT link IS NULL, rewrite IS NULL, child_query FROM perfext.n_plus_one',
	extra_params => [ '-U', 'alice' ]);
is($rows, 't|t|<insufficient privilege>', 'another user sees that there is one, and no more');

# Off: nothing is told
forget();
$node->append_conf('postgresql.conf', 'perfext.n_plus_one = off');
$node->reload;
client(books(0, 20), map { author($_) } 1 .. 20);
is_found($found, '', 'switched off');

is_look($node, 'SELECT dropped FROM perfext.info', '0', 'nothing was dropped');
done_testing();
