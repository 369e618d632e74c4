# The indexes behind the server's foreign-key checks: proved, kept, shown to those
# who may see them, and none of it noticed by anybody.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;
use PerfextTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = perfext_node('main',
	conf => "perfext.what_if_timeout = '10s'\nperfext.node_timing = all\n");
my $tables = <<'END';
SET client_min_messages = warning;
DROP TABLE IF EXISTS parent, child, plain, parted, far, tree, pair, piece CASCADE;
CREATE TABLE parent (id int PRIMARY KEY, other int UNIQUE);
INSERT INTO parent SELECT i, i FROM generate_series(1, 2000) i;
CREATE TABLE child (id int, parent int REFERENCES parent);
INSERT INTO child SELECT i, i % 1000 + 1 FROM generate_series(1, 30000) i;
ANALYZE;
END
# Each marked statement of its own deletes what nothing refers to.
my $delete = 'DELETE FROM parent AS marker WHERE id BETWEEN 1001 AND 1020';

# What is known of the marked statements: a line per proof, with what was found.
sub proofs
{
	my ($columns) = @_;

	return look($node, <<"END");
SELECT foreign_key, checked_relid::regclass, coalesce(reason, (SELECT string_agg(i->>'relname' || '('
  || (i->>'column_list') || ')', ',') FROM jsonb_array_elements(indexes) i)),
  cost_after < 0.8 * cost_before
FROM perfext.index_proofs JOIN perfext.statements USING (userid, dbid, queryid, toplevel)
WHERE query LIKE '%marker%' ORDER BY 1, 2::text, 3
END
}

sub same
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($name, $setup, $sql, $proofs) = @_;
	my $said = same_with_what_if($node, $name, $tables . $setup, $sql);

	is(proofs(), $proofs, "$name: proofs");
	return $said;
}

# What a session sees of itself.
my $look_around = <<'END';
SELECT locktype, relation::regclass, mode, count(*) FROM pg_locks WHERE pid = pg_backend_pid()
  GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
SELECT name FROM pg_backend_memory_contexts
  WHERE name IN ('perfext what-if', 'perfext planning') ORDER BY 1;
SELECT current_user, current_setting('row_security');
END

# ---- what is proved ----

same('no index', '', "BEGIN;\n$delete;\n${look_around}ROLLBACK;\n", 't|child|child(parent)|t');
same('an index', 'CREATE INDEX ON child (parent);', "BEGIN;\n$delete;\n${look_around}ROLLBACK;\n", '');
same('cascade',
	'ALTER TABLE child DROP CONSTRAINT child_parent_fkey, ADD FOREIGN KEY (parent) REFERENCES parent ON DELETE CASCADE;',
	"DELETE FROM parent AS marker WHERE id BETWEEN 900 AND 1010;\nSELECT count(*) FROM child;\n$look_around",
	't|child|child(parent)|t');
same('set null, in two steps', <<'END',
ALTER TABLE child ADD PRIMARY KEY (id), DROP CONSTRAINT child_parent_fkey,
  ADD FOREIGN KEY (parent) REFERENCES parent ON DELETE CASCADE;
CREATE TABLE far (child int REFERENCES child ON DELETE SET NULL);
INSERT INTO far SELECT i FROM generate_series(1, 30000) i;
CREATE INDEX ON child (parent);
ANALYZE far;
END
	"DELETE FROM parent AS marker WHERE id = 900;\nSELECT count(*), count(child) FROM far;\n",
	't|far|far(child)|t');
same('two tables, and an update', <<'END',
CREATE TABLE far (other int REFERENCES parent (other) ON UPDATE CASCADE);
INSERT INTO far SELECT i % 1000 + 1 FROM generate_series(1, 30000) i;
ANALYZE far;
END
	"UPDATE parent AS marker SET other = -other, id = id + 100000 WHERE id = 1500;\n"
	  . "UPDATE parent SET other = -other WHERE id = 7;\nSELECT min(other) FROM far;\n",
	"t|child|child(parent)|t\nt|far|far(other)|t");
same('several columns', <<'END',
CREATE TABLE pair (a int, b int, PRIMARY KEY (a, b));
INSERT INTO pair SELECT i % 50, i / 50 FROM generate_series(0, 2999) i;
CREATE TABLE piece (id int, "A" int, b int, FOREIGN KEY (b, "A") REFERENCES pair (b, a));
INSERT INTO piece SELECT i, i % 50, i % 60 FROM generate_series(1, 40000) i;
ANALYZE pair, piece;
END
	"BEGIN;\nDELETE FROM pair AS marker WHERE a = 3 AND b % 10 <> 3;\nROLLBACK;\n",
	't|piece|piece(b, "A")|t');
same('partitions', <<'END',
CREATE TABLE parted (k int, parent int REFERENCES parent) PARTITION BY RANGE (k);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10) TO (20);
INSERT INTO parted SELECT i % 20, i % 1000 + 1 FROM generate_series(1, 60000) i;
ANALYZE parted;
CREATE INDEX ON child (parent);
END
	"BEGIN;\n$delete;\nROLLBACK;\n", 't|parted|parted(parent)|t');
same('the statement\'s own proof stays', 'CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree, v int);'
	  . 'INSERT INTO tree SELECT i, (i + 999) / 1000, i FROM generate_series(1, 30000) i; ANALYZE tree;',
	"BEGIN;\n" . "DELETE FROM tree AS marker WHERE v BETWEEN 20000 AND 20005;\n" x 12 . "ROLLBACK;\n",
	"f||tree(v)|t\nt|tree|tree(up)|t");
same('inside a function', <<'END',
CREATE OR REPLACE FUNCTION deletes(n int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE gone bigint;
BEGIN
  DELETE FROM parent AS marker WHERE id = n;
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;
END
	"SELECT sum(deletes(n)) FROM generate_series(1101, 1120) n;\n",
	't|child|child(parent)|t');
same('prepared', '', "PREPARE p(int) AS DELETE FROM parent AS marker WHERE id = \$1;\n"
	  . join('', map { "EXECUTE p($_);\n" } 1201 .. 1220), 't|child|child(parent)|t');
same('violation', '',
	"DELETE FROM parent AS marker WHERE id = 5;\nSELECT 1;\n"
	  . "DO \$\$ BEGIN DELETE FROM parent AS marker WHERE id = 5; EXCEPTION WHEN foreign_key_violation THEN"
	  . " RAISE WARNING 'caught'; END \$\$;\n",
	't|child|child(parent)|t' . "\n" . 't|child|child(parent)|t');
same('a cursor meanwhile', '', <<"END", 't|child|child(parent)|t');
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM child ORDER BY id;
FETCH 2 FROM c;
$delete;
FETCH 2 FROM c;
COMMIT;
END
same('triggers around', <<'END',
CREATE OR REPLACE FUNCTION speaks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  BEGIN
    RAISE WARNING '% % %', tg_table_name, tg_op, coalesce(old.id, new.id);
    PERFORM 1 / (old.id - old.id);
  EXCEPTION WHEN division_by_zero THEN
  END;
  RETURN old;
END $$;
ALTER TABLE child DROP CONSTRAINT child_parent_fkey, ADD FOREIGN KEY (parent) REFERENCES parent ON DELETE CASCADE;
CREATE TRIGGER before BEFORE DELETE ON child FOR EACH ROW EXECUTE FUNCTION speaks();
CREATE TRIGGER after AFTER DELETE ON child FOR EACH ROW EXECUTE FUNCTION speaks();
CREATE TRIGGER zz_after AFTER DELETE ON parent FOR EACH ROW EXECUTE FUNCTION speaks();
END
	"DELETE FROM parent AS marker WHERE id IN (3, 4, 1500);\nSELECT count(*) FROM child;\n",
	't|child|child(parent)|t');

# What a trigger does that a cascade fires, written as the server writes its checks.
same('one who imitates them', <<'END',
CREATE OR REPLACE FUNCTION imitates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE 'SELECT 1 FROM ONLY "public"."parent" x WHERE "id" OPERATOR(pg_catalog.=) 5; SELECT 2';
  RETURN old;
END $$;
ALTER TABLE child DROP CONSTRAINT child_parent_fkey, ADD FOREIGN KEY (parent) REFERENCES parent ON DELETE CASCADE;
CREATE TRIGGER imitates BEFORE DELETE ON child FOR EACH ROW EXECUTE FUNCTION imitates();
END
	"DELETE FROM parent AS marker WHERE id = 3;\nSELECT count(*) FROM child;\n",
	't|child|child(parent)|t');

# ---- what is not ----

for my $when ('INITIALLY DEFERRED', 'INITIALLY IMMEDIATE')
{
	my $set = $when =~ /DEFERRED/ ? '' : "SET CONSTRAINTS ALL DEFERRED;\n";
	my $setup = "ALTER TABLE child ALTER CONSTRAINT child_parent_fkey DEFERRABLE $when;";

	same("deferred: $when", $setup, "BEGIN;\n$set$delete;\nCOMMIT;\nSELECT count(*) FROM parent;\n", '');
	same("deferred, violated: $when", $setup,
		"BEGIN;\n${set}DELETE FROM parent AS marker WHERE id = 5;\nCOMMIT;\nSELECT count(*) FROM parent;\n", '');
	same("deferred, no transaction block: $when", $setup, "$delete;\nSELECT count(*) FROM parent;\n",
		$set eq '' ? '' : 't|child|child(parent)|t');
	same("deferred, set to be immediate: $when", $setup,
		"BEGIN;\n$set$delete;\nSET CONSTRAINTS ALL IMMEDIATE;\nCOMMIT;\n", '');
}
same('deferred, in a procedure', <<'END',
ALTER TABLE child ALTER CONSTRAINT child_parent_fkey DEFERRABLE INITIALLY DEFERRED;
CREATE OR REPLACE PROCEDURE deletes_and_commits() LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1301 .. 1310 LOOP
    DELETE FROM parent AS marker WHERE id = i;
    COMMIT;
  END LOOP;
END $$;
END
	"CALL deletes_and_commits();\nSELECT count(*) FROM parent;\n", '');
same('ALTER TABLE', 'ALTER TABLE child DROP CONSTRAINT child_parent_fkey;',
	"ALTER TABLE child ADD CONSTRAINT marker FOREIGN KEY (parent) REFERENCES parent;\n", '');
same('insert and COPY', '',
	"INSERT INTO child SELECT i AS marker, 5 FROM generate_series(1, 50) i;\n"
	  . "COPY child FROM PROGRAM 'printf \"1\\t5\\n2\\t6\\n\"';\n", '');
same('EXPLAIN ANALYZE', '', <<"END", '');
BEGIN;
DO \$\$
DECLARE line text;
BEGIN
  FOR line IN EXPLAIN ANALYZE $delete LOOP
  END LOOP;
END \$\$;
ROLLBACK;
END
same('a function in a constraint of the table', <<'END',
CREATE OR REPLACE FUNCTION says(a int, b int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS
  $$ BEGIN RAISE WARNING 'compares'; RETURN a = b; END $$;
ALTER TABLE child ADD CHECK (says(id, id));
SET client_min_messages = error;
END
	"BEGIN;\n$delete;\nROLLBACK;\n",
	't|child|the statement calls functions that planning would run twice|');

# ---- what the server counts ----

# Once before: catalogs that were just written are tidied up by whoever reads them first.
same('counters', 'SELECT pg_stat_force_next_flush(); SELECT pg_stat_reset();', <<"END", 't|child|child(parent)|t');
BEGIN;
DELETE FROM parent AS first WHERE id = 1001;
ROLLBACK;
BEGIN;
$delete;
SELECT pg_current_xact_id() IS NOT NULL;
ROLLBACK;
SELECT pg_stat_force_next_flush();
SELECT relname, seq_scan, seq_tup_read, idx_scan, n_tup_del, n_live_tup FROM pg_stat_user_tables
  WHERE relname IN ('parent', 'child') ORDER BY 1;
SELECT relname, heap_blks_read + heap_blks_hit, idx_blks_read + idx_blks_hit
  FROM pg_statio_user_tables WHERE relname = 'child' ORDER BY 1;
SELECT calls, rows, fk_checks, wal_records FROM perfext.statements WHERE query LIKE 'DELETE%marker%';
END

# ---- its turn: once, then again when it has taken much longer ----

look($node, $tables);
look($node, 'SELECT perfext.reset()');
sub made
{
	return look($node, 'SELECT what_if_proofs FROM perfext.info');
}
$node->safe_psql('postgres', "SET perfext.what_if_target = 0;\nBEGIN;\n$delete;\nROLLBACK;\n");
is(made(), 0, 'target 0 proves nothing');
# So short that it cannot be its turn again for that.
my $delete_one = 'BEGIN; DELETE FROM parent AS marker WHERE id BETWEEN 1001 AND 1001; ROLLBACK;';
$node->safe_psql('postgres', $delete_one);
is(made(), 1, 'the first time');
$node->safe_psql('postgres', $delete_one);
is(made(), 1, 'not in the next session, if it has not taken much longer');
$node->safe_psql('postgres', "CREATE INDEX other ON child (id);\nSELECT 1;\nDROP INDEX other;\n");
$node->safe_psql('postgres', $delete_one);
is(made(), 2, 'but when an index of the table came or went');
$node->safe_psql('postgres', "CREATE INDEX c ON child (parent);\nBEGIN;\n$delete;\nROLLBACK;\n");
is(proofs(), 't|child||', 'only what was set aside is left of it when the index is there');
$node->safe_psql('postgres', "DROP INDEX c;\nBEGIN;\n$delete;\nROLLBACK;\n");
is(proofs(), 't|child|child(parent)|t', 'it is made anew when the index is dropped');

# ---- saved, set aside, confirmed ----

look($node, $tables);
look($node, 'SELECT perfext.reset()');
$node->safe_psql('postgres', "BEGIN;\n" . "$delete;\nROLLBACK;\nBEGIN;\n" x 3 . "ROLLBACK;\n");
my $before = look($node, 'SELECT p FROM perfext.index_proofs p');
isnt($before, '', 'there is a proof');
$node->restart;
is(look($node, 'SELECT p FROM perfext.index_proofs p'), $before, 'it is there after a restart');
my $finding = q{SELECT kind, verified, status, action ~ '^CREATE INDEX CONCURRENTLY .* \(parent\);$',
  (evidence->'cost_after')::float8 < (evidence->'cost_before')::float8
  FROM perfext.rule_foreign_key_index WHERE evidence->>'constraint' = 'child_parent_fkey'};
is_look($node, $finding, 'foreign_key_index|t|open|t|t', 'the rule says so');
is_look($node, 'SELECT count(*) FROM perfext.rule_missing_index', 0, 'and no other one');
is_look($node, 'SELECT relname, column_list, foreign_key, verified, calls >= 60 FROM perfext.missing_indexes',
	'child|parent|t|t|t', 'it is a missing index');
my $id = look($node, q{SELECT id FROM perfext.recommendations WHERE kind = 'foreign_key_index'});
isnt($id, '', 'it is recommended');
$node->safe_psql('postgres', 'CREATE INDEX c ON child (parent)');
is_look($node, q{SELECT foreign_key, applied_calls >= 60, applied_exec_time > 0,
  applied_indexes->0->>'column_list' FROM perfext.index_proofs}, 't|t|t|parent', 'set aside');
$before = look($node, 'SELECT p FROM perfext.index_proofs p');
$node->restart;
is(look($node, 'SELECT p FROM perfext.index_proofs p'), $before, 'that is there after a restart, too');
my $applied = 'SELECT kind, status, verified, id FROM perfext.recommendations';
is_look($node, $applied, "foreign_key_index|applied|f|$id", 'applied');
$node->safe_psql('postgres', "BEGIN;\n" . "$delete;\nROLLBACK;\nBEGIN;\n" x 3 . "ROLLBACK;\n");
is_look($node, $applied, "foreign_key_index|confirmed|t|$id", 'confirmed');
is_look($node, q{SELECT foreign_key, estimated_saved_ratio > 0.5, measured_saved_ratio > 0.5,
  calls_before >= 60, calls_after = calls_before FROM perfext.advice_accuracy}, 't|t|t|t|t', 'with what was measured');
look($node, 'SELECT perfext.reset()');
is_look($node, 'SELECT count(*) FROM perfext.index_proofs', 0, 'forgotten by reset');

# An index of another table changes nothing, one of one of two tables not the other's proof.
look($node, $tables . 'CREATE TABLE far (parent int REFERENCES parent);'
	  . 'INSERT INTO far SELECT i % 1000 + 1 FROM generate_series(1, 30000) i; ANALYZE far; CREATE TABLE plain (i int);');
look($node, 'SELECT perfext.reset()');
$node->safe_psql('postgres', "BEGIN;\n$delete;\n$delete;\nROLLBACK;\n" . "BEGIN;\n$delete;\nROLLBACK;\n" x 20
	  . "CREATE INDEX ON plain (i);\nSELECT 1;\n");
is_look($node, 'SELECT count(*), count(applied_at) FROM perfext.index_proofs', '2|0', 'another table');
is_look($node, 'SELECT string_agg(relname, $$,$$ ORDER BY relname) FROM perfext.missing_indexes', 'child,far', 'two');
$node->safe_psql('postgres', "CREATE INDEX c ON child (parent);\n");
is_look($node, 'SELECT string_agg(relname, $$,$$ ORDER BY relname) FROM perfext.missing_indexes', 'far', 'the other one is left');

# ---- one recommendation for statements and checks ----

look($node, $tables);
look($node, 'SELECT perfext.reset()');
$node->safe_psql('postgres', "BEGIN;\n$delete;\n$delete;\nROLLBACK;\n"
	  . often('SELECT count(id) FROM child WHERE parent = 7', 60));
is_look($node, q{SELECT kind, verified, subject, evidence->>'queryids' ~ ','
  FROM perfext.recommendations WHERE kind IN ('missing_index', 'foreign_key_index')},
	'missing_index|t|public.child (parent)|t', 'one recommendation');

# ---- deferred: told by measured time, and why it is not proved ----

for my $case ([ 'by itself', "$delete;\n", 'high' ], [ 'in a transaction', "BEGIN;\n$delete;\nCOMMIT;\n", 'medium' ])
{
	my ($how, $sql, $confidence) = @$case;

	look($node, $tables . <<'END');
INSERT INTO child SELECT i, i % 1000 + 1 FROM generate_series(1, 200000) i;
ANALYZE child;
ALTER TABLE child ALTER CONSTRAINT child_parent_fkey DEFERRABLE INITIALLY DEFERRED;
SELECT perfext.reset();
END
	$node->safe_psql('postgres', "${sql}SELECT 1;\n");
	is_look($node, q{SELECT verified, status, evidence->>'constraint', evidence->>'reason', confidence
	  FROM perfext.rule_foreign_key_index},
		"f|open|child_parent_fkey|it is checked at the commit, where nothing is proved|$confidence",
		"deferred, $how");
}

# ---- rights ----

look($node, $tables . <<'END');
CREATE ROLE owner_of_it LOGIN;
CREATE ROLE deleter LOGIN;
CREATE ROLE stranger LOGIN;
CREATE ROLE reader LOGIN IN ROLE pg_read_all_stats;
ALTER TABLE child OWNER TO owner_of_it;
GRANT SELECT, DELETE ON parent TO deleter;
SELECT perfext.reset();
END
look($node, 'ALTER ROLE deleter SET perfext.what_if_target = 100');
$node->psql('postgres', "BEGIN;\n$delete;\n$delete;\nROLLBACK;\n" . "BEGIN;\n$delete;\nROLLBACK;\n" x 20,
	extra_params => [ '-U', 'deleter' ]);
is_look($node, 'SELECT userid::regrole, foreign_key FROM perfext.index_proofs', 'deleter|t', 'a proof of his who deletes');
my $sees = 'SELECT count(*), count(indexes), count(cost_before), count(reason) FROM perfext.index_proofs';
my $tells = q{SELECT count(*) FROM perfext.rule_foreign_key_index WHERE verified};
for my $case ([ stranger => 0 ], [ deleter => 0 ], [ owner_of_it => 0 ], [ reader => 1 ])
{
	my ($role, $n) = @$case;

	is_look($node, "SET ROLE $role; $sees", "1|$n|$n|0", "what $role sees");
	is_look($node, "SET ROLE $role; $tells", $n, "what $role is told");
}
look($node, 'GRANT SELECT ON child TO deleter, stranger');
is_look($node, "SET ROLE deleter; $sees", '1|1|1|0', 'who may read the table and ran the statement');
is_look($node, "SET ROLE stranger; $sees", '1|0|0|0', 'who may read the table only');
look($node, 'ALTER TABLE child ENABLE ROW LEVEL SECURITY');
is_look($node, "SET ROLE deleter; $sees", '1|0|0|0', 'who may read only some of its rows');
look($node, 'DROP TABLE child');
is_look($node, "SET ROLE deleter; $sees", '1|0|0|0', 'and when the table is gone');

is(crashes($node), 0, 'no accidents');
$node->stop;
done_testing();
