# Loops beside what only looks like them: many requests of a few statements each,
# lists among single keys, rows that come in parts, functions that are called.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = perfext_node('main', conf => "perfext.save_interval = 1h\n");
$node->safe_psql('postgres', <<'END');
CREATE TABLE author (id int PRIMARY KEY, name text);
CREATE TABLE publisher (id int PRIMARY KEY, name text);
CREATE TABLE book (id int PRIMARY KEY, title text UNIQUE, author_id int, publisher_id int);
CREATE INDEX ON book (publisher_id);
CREATE TABLE review (id int PRIMARY KEY, book_id int);
CREATE INDEX ON review (book_id);
CREATE TABLE invoice (id int PRIMARY KEY, note text);
CREATE TABLE line (id int PRIMARY KEY, note text);
INSERT INTO author SELECT i, 'author ' || i FROM generate_series(1, 3000) i;
INSERT INTO publisher SELECT i, 'publisher ' || i FROM generate_series(1, 500) i;
INSERT INTO book SELECT i, 'book ' || i, i * 37 % 3000 + 1, i % 500 + 1 FROM generate_series(1, 2500) i;
INSERT INTO review SELECT i, i % 2500 + 1 FROM generate_series(1, 5000) i;
CREATE FUNCTION name_of(wanted int) RETURNS text STABLE LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT name FROM author WHERE id = wanted);
END $$;
ANALYZE;
END

sub client { return run_client($node, @_) }

# The columns of all findings; then all is forgotten
sub is_found
{
	my ($columns, $expected, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;

	is_look($node, "SELECT $columns FROM perfext.n_plus_one ORDER BY kind, child_query COLLATE \"C\"", $expected, $name);
	look($node, "SELECT perfext.reset(), perfext.reset_kind('n_plus_one')");
	return;
}

sub books { return "SELECT id, author_id FROM book ORDER BY id LIMIT $_[0]" }
sub author_of { return $_[0] * 37 % 3000 + 1 }
sub author { return 'SELECT id, name FROM author WHERE id = ' . author_of($_[0]) }
# A publisher's five books, and what is asked of the first two
sub books_of { return "SELECT id, title FROM book WHERE publisher_id = $_[0] ORDER BY id" }
sub reviews { return map { "SELECT id FROM review WHERE book_id = " . ($_[0] - 1 + 500 * $_) } 1 .. 2 }

my $found = 'kind, link, episodes, executions, max_per_episode, confidence';
my @somebody = map { $_ * 271 % 500 + 1 } 1 .. 20;

# Requests of two look-ups each; and the same as a loop in a loop
client(map { (books_of($_), reviews($_)) } @somebody);
is_found($found, '', 'two look-ups in each of many requests');
client(map { ('BEGIN', books_of($_), reviews($_), 'COMMIT') } @somebody);
is_found($found, '', 'each a transaction');
client('SELECT id FROM publisher ORDER BY id LIMIT 20', map { (books_of($_), reviews($_)) } 2 .. 20);
is_found('kind, link, executions',
	"read|book.id = review.book_id|38\nread|publisher.id = book.publisher_id|19", 'a few for each of many in a loop');
client('BEGIN', (map { (books_of($_), reviews($_)) } @somebody), 'COMMIT');
# ... with the statement that drives it
is_found('kind, link, executions', 'read|book.id = review.book_id|60', 'a few for each of many in one transaction');

# Pages of three rows
client(map { my $page = $_; (books(3) . ' OFFSET ' . 3 * $page, map { author(3 * $page + $_) } 1 .. 3) } 0 .. 9);
is_found($found, '', 'pages of three, with keys in order');

# Transactions that write several rows
sub invoice
{
	my ($n, $lines) = @_;
	return ('BEGIN', "INSERT INTO invoice VALUES ($n, 'new')",
		(map { 'INSERT INTO line VALUES (' . ($n * 10 + $_) . ", 'line $_')" } 1 .. $lines), 'COMMIT');
}
client(map { invoice($_, 3) } 1 .. 10);
is_found($found, '', 'three lines in each transaction');
client(map { invoice($_, 6) } 11 .. 20);
is_found('kind, executions', 'write|60', 'six lines in each transaction');

# What a statement with keys in no order goes before, has its own in an order by accident
client(map { ("SELECT id FROM book WHERE title = 'book " . ($_ * 7919 % 2500 + 1) . "'", author($_)) } 1 .. 20);
is_found($found, '', 'keys in order that follow from others');
client(map { author($_) } 1 .. 20);
is_found($found, 'read||1|20|20|low', 'keys in order');

# The same where that statement finds its row by no key, and where the client pauses before each
client(map { ("SELECT id, title FROM book WHERE id > 7 * $_ ORDER BY id LIMIT 1", author($_)) } 1 .. 20);
is_found($found, '', 'keys in order, each behind the next row of another table');
client(map { ('\\! sleep 0.08', "SELECT title FROM book WHERE id = $_", author($_)) } 1 .. 8);
is_found($found, '', 'keys in order, with a pause before each');
client(map { ("SELECT title FROM book WHERE id = $_", author($_)) } 1 .. 8);
is_found('kind, executions', 'read|16', 'without a pause');
client(map { ('SELECT count(*) FROM book WHERE id > 7', author($_)) } 1 .. 20);
is_found($found, 'read||1|20|20|low', 'keys in order, each behind the same question');

# A queue without transactions: what was taken is worked on
look($node, "CREATE TABLE task (id int PRIMARY KEY, state text); INSERT INTO task SELECT i, 'new' FROM generate_series(1, 90) i");
sub take
{
	my ($locking, $rows) = @_;
	return "UPDATE task SET state = 'taken' WHERE id IN (SELECT id FROM task WHERE state = 'new'"
	  . " ORDER BY id LIMIT $rows FOR UPDATE$locking) RETURNING id";
}
client(map { (take(' SKIP LOCKED', 1), author($_), "UPDATE task SET state = 'done' WHERE id = $_") } 1 .. 20);
is_found($found, '', 'tasks, one at a time');
client(map { (take('', 1), "UPDATE task SET state = 'done' WHERE id = $_") } 21 .. 40);
is_found($found, '', 'tasks that others wait for');
client(map { (take(' SKIP LOCKED', 1), "INSERT INTO line VALUES (1000 + $_, 'done')") } 41 .. 60);
is_found($found, '', 'a row for each task');
client(map { my $first = $_; (take(' SKIP LOCKED', 10), map { "UPDATE task SET state = 'done' WHERE id = $_" } $first .. $first + 9) } 61, 71, 81);
is_found($found, '', 'tasks, ten at a time');

# To the server IN (1) is = 1: lists among which there are some of one key
client(author(1), map { 'SELECT id, name FROM author WHERE id IN (' . join(', ', map { 40 * $_ } 1 + $_ .. 1 + $_ + $_ % 8) . ')' } 0 .. 159);
is_found($found, '', 'lists, some of one key');
client(books(20), map { 'SELECT id, name FROM author WHERE id IN (' . author_of($_) . ')' } 1 .. 20);
is_found($found, 'read|book.author_id = author.id|1|20|20|high', 'lists of one key each');

# Rows that come two at a time
client('BEGIN', 'DECLARE c CURSOR FOR ' . books(20),
	(map { ('FETCH 2 FROM c', author(2 * $_ - 1), author(2 * $_)) } 1 .. 10), 'COMMIT');
is_found($found, 'read|book.author_id = author.id|1|20|20|high', 'rows two at a time');

# What is given to a function
client(books(20), map { 'SELECT name_of(' . author_of($_) . ')' } 1 .. 20);
is_found("$found, rewrite ~ 'name_of\\(parent.author_id\\)'", 'read||1|20|20|high|t', 'a function called for each row');
client((map { "SELECT name_of($_)" } 1 .. 20), ('SELECT name_of(5)') x 20);
is_found($found, '', 'a function called without rows to follow');

# The same page over and over, its look-ups those of other requests before
client(map { (books_of($_ % 10 + 1), reviews($_ % 10 + 1)) } 1 .. 200);
is_found($found, '', 'the same pages again and again');

# Lists of what never changes beside a key; lists of keys, of few tenants
client(books(20), map { 'SELECT id FROM author WHERE id = ' . author_of($_) . " AND name IN ('author 1', 'author 2')" } 1 .. 20);
is_found($found, 'read|book.author_id = author.id|1|20|20|high', 'a list of constants beside the key');
client(map { my $b = $_; 'SELECT id FROM book WHERE publisher_id = 7 AND id IN (' . join(', ', map { 20 * $b + $_ } 1 .. 5) . ')' } 1 .. 20);
client('SELECT id FROM publisher ORDER BY id LIMIT 6', map { my $p = $_; map { my $b = $_;
			"SELECT id FROM book WHERE publisher_id = $p AND id IN (" . join(', ', map { 500 * $b + 5 * $_ + $p } 1 .. 5) . ')' } 0 .. 2 } 1 .. 6);
is_found($found, '', 'lists of keys beside a tenant');

# A CTE that goes up a tree, several subqueries for one row, a MERGE
client(books(20), map { 'WITH RECURSIVE up AS (SELECT id FROM author WHERE id = ' . author_of($_)
	  . ' UNION ALL SELECT id / 2 FROM up WHERE id > 1) SELECT count(*) FROM up' } 1 .. 20);
is_found($found, 'read|book.author_id = author.id|1|20|20|high', 'a recursive query for each row');
client(books(20), map { my $a = author_of($_);
	"SELECT (SELECT count(*) FROM book WHERE author_id = $a), (SELECT max(id) FROM book WHERE author_id = $a)" } 1 .. 20);
is_found($found, 'read|book.author_id = book.author_id|1|20|20|high', 'two subqueries for each row');
client(books(20), map { 'MERGE INTO author a USING (VALUES (' . author_of($_) . ", 'new')) v(id, name) ON a.id = v.id"
	  . ' WHEN MATCHED THEN UPDATE SET name = v.name WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.name)' } 1 .. 20);
is_found($found, 'write|book.author_id = author.id|1|20|20|high', 'a MERGE for each row');

# The key is the last one of many columns
client('SELECT ' . join(', ', map { "id AS c$_" } 1 .. 10) . ', author_id FROM book ORDER BY id LIMIT 20', map { author($_) } 1 .. 20);
is_found($found, 'read|book.author_id = author.id|1|20|20|high', 'a row of many columns');

# Keys of types that users made, and of less usual ones
look($node, <<'END');
CREATE DOMAIN address AS text CHECK (VALUE LIKE '%@%');
CREATE TYPE colour AS ENUM ('red', 'orange', 'yellow', 'green', 'blue', 'violet');
CREATE TABLE account (mail address PRIMARY KEY, colour colour, token bytea, host inet);
INSERT INTO account SELECT i || '@example.com', (enum_range(NULL::colour))[i], decode(md5(i::text), 'hex'),
	'10.0.0.0'::inet + i * 7 FROM generate_series(1, 6) i;
CREATE TABLE visit (mail address, colour colour, token bytea, host inet);
INSERT INTO visit SELECT account.* FROM account, generate_series(1, 3);
END
for my $column (qw(mail colour token host))
{
	my @values = split /\n/, look($node, "SELECT quote_literal($column) FROM account ORDER BY md5(mail)");

	client("SELECT $column FROM account ORDER BY md5(mail)", map { "SELECT count(*) FROM visit WHERE $column = $_" } @values);
	is_found($found, "read|account.$column = visit.$column|1|6|6|high", "a key that is a $column");
}

# The same rows, written by the same loop again
my @again = (map { "INSERT INTO task (id, state) VALUES (100 + $_, 'new')" } 1 .. 20);
client((@again, 'DELETE FROM task WHERE id > 100') x 4);
is_found($found, 'write||1|80|80|medium', 'the same rows once more');
look($node, 'CREATE TABLE click (state text)');
client(("INSERT INTO click VALUES ('new')") x 80);
is_found($found, '', 'one and the same row');

# What each look-up reads, a join reads once
look($node, "CREATE TABLE page (id int, body text); INSERT INTO page SELECT i, 'p' FROM generate_series(1, 60000) i");
client(books(20), map { 'SELECT body FROM page WHERE id = ' . author_of($_) } 1 .. 20);
is_found("$found, saved_time > gap_time + 0.1 * db_time AND saved_time <= saved_time_high",
	'read|book.author_id = page.id|1|20|20|high|t', 'a table without an index');

# A number and its text
look($node, "CREATE TABLE note (subject text PRIMARY KEY, body text); INSERT INTO note SELECT i, 'n' FROM generate_series(1, 3000) i");
client(books(20), map { "SELECT body FROM note WHERE subject = '" . author_of($_) . "'" } 1 .. 20);
is_found("$found, rewrite ~ 'child.subject = parent.author_id::text;'", 'read|book.author_id = note.subject|1|20|20|high|t',
	'an integer is a text in the other table');
client('SELECT subject FROM note ORDER BY md5(subject) LIMIT 20',
	map { "SELECT name FROM author WHERE id = $_" } split /\n/, look($node, 'SELECT subject FROM note ORDER BY md5(subject) LIMIT 20'));
is_found("$found, rewrite ~ 'child.id = parent.subject::integer;'", 'read|note.subject = author.id|1|20|20|high|t',
	'a text is an integer in the other table');

# What a loop read it changes
client("DO \$\$ DECLARE b record; BEGIN FOR b IN SELECT id, title FROM book ORDER BY id LIMIT 20 LOOP"
	. " UPDATE book SET title = b.title || '.' WHERE id = b.id; END LOOP; END \$\$");
is_found("kind, link, executions, rewrite ~ 'WHERE book.id = b.id'", 'nested|book.id = book.id|20|t', 'a row is read, then changed');

# What goes in batches inside of a function
client("DO \$\$ BEGIN FOR i IN 0 .. 9 LOOP UPDATE book SET title = title || '' WHERE id BETWEEN 10 * i AND 10 * i + 9; END LOOP; END \$\$",
	"DO \$\$ BEGIN FOR i IN 0 .. 9 LOOP DELETE FROM line WHERE id IN (SELECT id FROM line ORDER BY id LIMIT 3); END LOOP; END \$\$");
is_found($found, '', 'batches inside of a function');

done_testing();
