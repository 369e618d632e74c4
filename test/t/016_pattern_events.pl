# Watching for N+1 patterns changes nothing that anybody can see: results, rows,
# messages and other modules' counters are the same with perfext.n_plus_one off and
# on, over many kinds of statements: whatever ends a result, whoever receives it.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;

use IO::Socket::UNIX;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $has_statements = have_module('pg_stat_statements');
my $node = perfext_node(
	'pattern_events',
	libraries => $has_statements ? 'pg_stat_statements,perfext,auto_explain' : 'perfext',
	conf => <<'END');
perfext.n_plus_one_threshold = 3
max_prepared_transactions = 2
END

look($node, 'CREATE EXTENSION pg_stat_statements') if $has_statements;
look($node, <<'END');
CREATE TABLE author (id int PRIMARY KEY, name text, born date, code uuid);
CREATE TABLE book (id bigint PRIMARY KEY, author_id int, title varchar(40), price numeric,
  FOREIGN KEY (author_id) REFERENCES author ON DELETE CASCADE);
CREATE INDEX ON book (author_id);
CREATE TABLE part (id int, day date, note text) PARTITION BY RANGE (day);
CREATE TABLE part_a PARTITION OF part FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE part_b PARTITION OF part FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE TABLE diary (id serial, author_id int, entry text);
CREATE FUNCTION fill() RETURNS void LANGUAGE sql AS $$
  TRUNCATE author, book, part, diary RESTART IDENTITY;
  INSERT INTO author SELECT i, 'author ' || i, date '1900-01-01' + i,
    ('00000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid FROM generate_series(1, 60) i;
  INSERT INTO book SELECT i, i % 60 + 1, 'book ' || i, i / 7.0 FROM generate_series(1, 600) i;
  INSERT INTO part SELECT i, date '2020-01-01' + i, 'n' || i FROM generate_series(0, 700) i;
$$;
CREATE FUNCTION fails_at(i int, at int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  IF i = at THEN RAISE EXCEPTION 'failed at %', i; END IF;
  RETURN i;
END $$;
CREATE FUNCTION books_of(n int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE a record; b bigint; total bigint := 0;
BEGIN
  FOR a IN SELECT id, name FROM author ORDER BY id LIMIT n LOOP
    SELECT count(*) INTO b FROM book WHERE author_id = a.id;
    total := total + b;
    INSERT INTO diary (author_id, entry) VALUES (a.id, a.name);
    UPDATE diary SET entry = entry || '!' WHERE author_id = a.id;
  END LOOP;
  RETURN total;
END $$;
CREATE FUNCTION title_of(i int) RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT title FROM book WHERE author_id = i ORDER BY id LIMIT 1 $$;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM author WHERE id = NEW.author_id;
  NEW.entry := NEW.entry || '?';
  RETURN NEW;
END $$;
CREATE TRIGGER note BEFORE INSERT ON diary FOR EACH ROW EXECUTE FUNCTION note();
CREATE PROCEDURE commits(n int) LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. n LOOP
    INSERT INTO diary (author_id, entry) VALUES (i, 'p');
    COMMIT;
  END LOOP;
END $$;
CREATE FUNCTION fetches(name refcursor) RETURNS SETOF int LANGUAGE plpgsql AS $$
DECLARE i int;
BEGIN
  FOR n IN 1 .. 3 LOOP
    FETCH name INTO i;
    RETURN NEXT i;
  END LOOP;
END $$;
END

# What psql says to the same, in a state made anew, with the setting off and on.
sub same
{
	my ($name, $sql) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my %said;

	for my $setting ('off', 'on')
	{
		look($node, 'SELECT fill()');
		look($node, 'SELECT pg_stat_statements_reset()') if $has_statements;
		my ($ret, $out, $err) = $node->psql(
			'postgres',
			"SET perfext.n_plus_one = $setting;\n$sql\n$sql",
			on_error_stop => 0);
		$said{$setting}{out} = $out;
		$said{$setting}{err} = $err;
		next unless $has_statements;
		$said{$setting}{counted} = look($node,
			    q{SELECT regexp_replace(query, '\s+', ' ', 'g'), sum(calls), sum(rows), bool_or(toplevel)}
			  . q{ FROM pg_stat_statements WHERE query !~ 'n_plus_one|pg_stat|fill\(\)'}
			  . q{ GROUP BY 1 ORDER BY 1});
	}
	is($said{on}{out}, $said{off}{out}, "$name: same answers");
	is($said{on}{err}, $said{off}{err}, "$name: same messages");
	is($said{on}{counted}, $said{off}{counted}, "$name: same counts of pg_stat_statements")
	  if $has_statements;
	return $said{on};
}

my $said;

same('selects', <<'END');
SELECT * FROM author ORDER BY id;
SELECT * FROM book WHERE author_id = 3 ORDER BY id;
SELECT * FROM author WHERE id = 3;
SELECT b.*, a.name FROM book b JOIN author a ON a.id = b.author_id WHERE b.id = 7;
SELECT count(*) FROM book WHERE author_id = 5;
SELECT EXISTS (SELECT 1 FROM book WHERE author_id = 5), min(id) FROM book;
SELECT * FROM author WHERE id IN (1, 2, 3) ORDER BY id;
SELECT * FROM author WHERE id = ANY ('{4}');
SELECT * FROM author WHERE id = ANY ('{}');
SELECT * FROM author WHERE id = ANY (NULL::int[]);
SELECT * FROM author WHERE code = '00000000-0000-0000-0000-000000000009' AND born = DATE '1900-01-10';
SELECT * FROM part WHERE id = 9 AND day = '2020-01-10';
SELECT * FROM part WHERE id = 9;
SELECT * FROM part WHERE day = '1990-01-01';
SELECT NULL, NULL::int, ''::text, repeat('x', 100000) = repeat('x', 99999) || 'x';
SELECT FROM author WHERE id < 4;
VALUES (1, 'a'), (2, 'b');
TABLE pg_temp.not_there;
END

same('writes', <<'END');
INSERT INTO diary (author_id, entry) VALUES (1, 'a');
INSERT INTO diary (author_id, entry) VALUES (1, 'a'), (2, 'b') RETURNING *;
INSERT INTO diary (author_id, entry) SELECT id, name FROM author WHERE id < 20 RETURNING id, entry;
INSERT INTO author VALUES (1, 'there is one') ON CONFLICT DO NOTHING;
INSERT INTO author VALUES (1, 'there is one');
UPDATE diary SET entry = 'c' WHERE author_id = 1 RETURNING *;
UPDATE book SET price = price + 1 WHERE id = 5;
WITH gone AS (DELETE FROM book WHERE author_id = 9 RETURNING id) SELECT * FROM gone ORDER BY id;
DELETE FROM author WHERE id = 10;
DELETE FROM author WHERE id = 10 RETURNING *;
SELECT id FROM author WHERE id < 5 ORDER BY id FOR UPDATE SKIP LOCKED;
END

same('prepared statements', <<'END' . "EXECUTE list(3);\nEXECUTE one(4);\n" x 8 . 'DEALLOCATE ALL;');
PREPARE list(int) AS SELECT * FROM book WHERE author_id = $1 ORDER BY id;
PREPARE one(int) AS SELECT * FROM author WHERE id = $1;
PREPARE many(int[]) AS SELECT id FROM author WHERE id = ANY ($1) ORDER BY id;
PREPARE new(int, text) AS INSERT INTO diary (author_id, entry) VALUES ($1, $2) RETURNING *;
EXECUTE many('{1,2}'); EXECUTE many('{1}'); EXECUTE many('{}'); EXECUTE many(NULL);
EXECUTE new(1, 'a'); EXECUTE new(NULL, NULL); EXECUTE one(NULL);
CREATE TABLE made AS EXECUTE one(3); TABLE made; DROP TABLE made;
END

$said = same('errors in the middle of a result', <<'END');
SELECT fails_at(id, 12), id FROM author ORDER BY id;
SELECT id FROM author ORDER BY id LIMIT 3;
SELECT 1 / (id - 5) FROM author ORDER BY id;
DO $$ BEGIN PERFORM fails_at(id, 12) FROM author; EXCEPTION WHEN OTHERS THEN NULL; END $$;
BEGIN; SAVEPOINT s; SELECT fails_at(id, 3) FROM author; ROLLBACK TO s;
SELECT id FROM author ORDER BY id LIMIT 3; COMMIT;
SET statement_timeout = 100;
SELECT id, CASE WHEN id > 5 THEN pg_sleep(60) END FROM author ORDER BY id;
RESET statement_timeout;
SELECT id FROM author ORDER BY id LIMIT 3;
END
like($said->{err}, qr/failed at 12.*division by zero.*failed at 3.*timeout/s,
	'those errors were there');

same('cursors', <<'END');
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT id, name FROM author ORDER BY id;
FETCH 3 FROM c; SELECT * FROM book WHERE author_id = 1 ORDER BY id; FETCH 3 FROM c;
FETCH BACKWARD 2 FROM c; MOVE 5 FROM c; FETCH FIRST FROM c; FETCH ALL FROM c; FETCH 1 FROM c;
SELECT * FROM fetches('c');
FETCH ABSOLUTE 1 FROM c; SELECT f, id FROM fetches('c') f, author WHERE id < 3;
CLOSE c;
DECLARE c CURSOR FOR SELECT fails_at(id, 8) FROM author ORDER BY id;
FETCH 5 FROM c; FETCH 5 FROM c; FETCH 5 FROM c;
ROLLBACK;
BEGIN;
DECLARE held CURSOR WITH HOLD FOR SELECT id, name FROM author ORDER BY id;
FETCH 2 FROM held;
COMMIT;
FETCH 2 FROM held; CLOSE held;
BEGIN;
DECLARE open CURSOR FOR SELECT id, name FROM author ORDER BY id;
FETCH 2 FROM open;
UPDATE author SET name = 'x' WHERE CURRENT OF open;
COMMIT;
BEGIN;
DECLARE open CURSOR FOR SELECT id, name FROM author ORDER BY id;
FETCH 2 FROM open;
PREPARE TRANSACTION 'none';
ROLLBACK PREPARED 'none';
\set FETCH_COUNT 7
SELECT id, name FROM author ORDER BY id;
\unset FETCH_COUNT
END

same('utility statements with queries', <<'END');
COPY (SELECT id, name FROM author ORDER BY id) TO STDOUT;
COPY (DELETE FROM diary RETURNING *) TO STDOUT;
CREATE TABLE made AS SELECT * FROM author; SELECT count(*) FROM made; DROP TABLE made;
CREATE MATERIALIZED VIEW seen AS SELECT id FROM author; REFRESH MATERIALIZED VIEW seen;
SELECT count(*) FROM seen; DROP MATERIALIZED VIEW seen;
EXPLAIN (COSTS OFF) SELECT * FROM author WHERE id = 4;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT title_of(id) FROM author;
SELECT id INTO made FROM author; DROP TABLE made;
END

$said = same('functions', <<'END');
SELECT books_of(20);
SELECT books_of(2);
SELECT books_of(5) FROM author WHERE id < 4;
SELECT id, title_of(id) FROM author ORDER BY id;
INSERT INTO diary (author_id, entry) SELECT id, name FROM author ORDER BY id LIMIT 20;
SELECT * FROM diary ORDER BY id;
CALL commits(10);
DO $$ DECLARE t text; BEGIN
  FOR i IN 1 .. 20 LOOP EXECUTE 'SELECT title FROM book WHERE id = ' || i INTO t; END LOOP;
END $$;
DO $$ BEGIN FOR i IN 1 .. 20 LOOP PERFORM fails_at(i, 15) FROM author WHERE id = i; END LOOP; END $$;
DO $$ BEGIN
  FOR i IN 1 .. 20 LOOP
    BEGIN PERFORM fails_at(i, 15) FROM author WHERE id = i; EXCEPTION WHEN OTHERS THEN NULL; END;
  END LOOP;
END $$;
END

same('tables that come and go', <<'END');
CREATE TABLE gone (id int PRIMARY KEY, t text);
INSERT INTO gone SELECT i, 'x' FROM generate_series(1, 9) i;
PREPARE find(int) AS SELECT * FROM gone WHERE id = $1;
EXECUTE find(1); EXECUTE find(2);
ALTER TABLE gone RENAME id TO nr; EXECUTE find(3);
BEGIN; DECLARE c CURSOR FOR SELECT * FROM gone; FETCH 1 FROM c; CLOSE c; DROP TABLE gone; COMMIT;
EXECUTE find(3);
BEGIN; CREATE TEMPORARY TABLE brief (id int) ON COMMIT DROP; INSERT INTO brief VALUES (1);
SELECT * FROM brief WHERE id = 1; COMMIT;
DEALLOCATE find;
CREATE FUNCTION drops() RETURNS int LANGUAGE plpgsql AS $$
BEGIN DROP TABLE passing; RETURN 1; END $$;
CREATE TABLE passing (id int); INSERT INTO passing VALUES (1), (2);
SELECT drops() FROM author WHERE id = 1;
DROP FUNCTION drops();
DROP TABLE IF EXISTS passing;
END

same('several statements in one text, tags', <<'END');
SELECT id FROM author WHERE id = 1 /*action='show',controller='books'*/\; SELECT 2\; SELECT 3 /*perfext:ok*/;
/*traceparent='00-0123456789abcdef0123456789abcdef-0123456789abcdef-01'*/ SELECT id FROM author ORDER BY id;
SELECT id FROM author WHERE name = 'a--b /* c' ORDER BY id -- k='v'
;
SET application_name = 'another'; SELECT id FROM author WHERE id = 2;
SET ROLE pg_monitor; SELECT 1; RESET ROLE;
END

# ---- portals with a limit of rows, by the protocol ----

sub message
{
	my ($kind, $body) = @_;

	return $kind . pack('N', length($body) + 4) . $body;
}

# All messages up to ReadyForQuery, without those about the session and notices
sub answers
{
	my ($socket) = @_;
	my @got;

	for (;;)
	{
		my ($head, $body) = ('', '');
		read($socket, $head, 5) == 5 or die 'the server closed the connection';
		my ($kind, $len) = unpack('aN', $head);
		read($socket, $body, $len - 4) if $len > 4;
		push @got, $kind =~ /[DEC]/ ? "$kind $body" : $kind unless $kind =~ /[SKN]/;
		return join("\n", @got) . "\n" if $kind eq 'Z';
	}
}

sub portal
{
	my ($setting) = @_;
	my $said = '';
	my $socket = IO::Socket::UNIX->new(Peer => $node->host . '/.s.PGSQL.' . $node->port)
	  or die "cannot connect: $!";
	my $user = getpwuid($<);
	my $start = pack('N', 196608) . "user\0$user\0database\0postgres\0"
	  . "options\0-c perfext.n_plus_one=$setting\0\0";

	binmode $socket;
	$socket->autoflush(1);
	print $socket pack('N', length($start) + 4) . $start;
	answers($socket);
	for my $round (1 .. 3)
	{
		for my $query (
			'SELECT id, name FROM author ORDER BY id',
			'SELECT fails_at(id, 25) FROM author ORDER BY id',
			'UPDATE book SET price = 0 WHERE author_id = 7 RETURNING id')
		{
			print $socket message('Q', "BEGIN\0");
			$said .= answers($socket);
			print $socket message('P', "\0$query\0" . pack('n', 0))
			  . message('B', "p\0\0" . pack('nnn', 0, 0, 0))
			  . message('E', "p\0" . pack('N', 10))
			  . message('S', '');
			$said .= answers($socket);
			for my $id (1 .. 3)
			{
				print $socket
				  message('P', "\0SELECT title FROM book WHERE author_id = \$1 ORDER BY id\0" . pack('n', 0))
				  . message('B', "\0\0" . pack('nnN', 0, 1, length $id) . $id . pack('n', 0))
				  . message('E', "\0" . pack('N', 0))
				  . message('E', "p\0" . pack('N', 10))
				  . message('S', '');
				$said .= answers($socket);
			}
			print $socket message('Q', "ROLLBACK\0");
			$said .= answers($socket);
		}
	}
	print $socket message('X', '');
	close $socket;
	return $said;
}

SKIP:
{
	skip 'no Unix sockets', 2 unless $use_unix_sockets;

	look($node, 'SELECT fill()');
	my $off = portal('off');
	my $on = portal('on');
	is($on, $off, 'portals run in parts: same answers');
	like($off, qr/^D .*^s\n.*^E .*failed at 25/ms, 'portals were suspended, and failed');
}

# ---- a session that is ended in the middle of a result ----

$node->command_fails_like(
	[ 'psql', '-X', '-d', $node->connstr('postgres'), '-c',
		'SELECT CASE WHEN id = 30 THEN pg_terminate_backend(pg_backend_pid()) END FROM author ORDER BY id' ],
	qr/terminating connection/, 'a backend terminated while its rows are watched');

is(crashes($node), 0, 'no backend crashed');
$node->stop;
done_testing();
