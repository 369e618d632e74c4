-- The size of an index that does not exist: within 25 % of the one that is then built.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_index_size;
SET search_path = perfext_index_size;
SELECT setseed(0.5) IS NULL AS seed;
CREATE TABLE t (id int, big bigint, dup int, few int, four int, rnd int, mostnull int, halfnull text, email text, digest text,
    u uuid, num numeric, bp char(12), ctext text COLLATE "C", ts timestamp, flag bool, status text, skew int)
WITH (autovacuum_enabled = off);
INSERT INTO t
SELECT g, g, (g * 7919) % 10000, g % 50, g / 4, (random() * 20000)::int,
       CASE WHEN g % 10 = 0 THEN g END, CASE WHEN g % 3 > 0 THEN 'name ' || (g % 5000) END,
       'user' || g || '@example.com', md5(g::text), md5(g::text)::uuid, (g % 9000)::numeric / 100, (g % 300)::text, (g % 300)::text,
       timestamp '2024-01-01' + g * interval '1 minute', g % 7 = 0,
       CASE WHEN g % 100 < 90 THEN 'done' WHEN g % 100 < 98 THEN 'open' ELSE 'failed' END, (100 * random() ^ 4)::int
FROM generate_series(1, 60000) g;
CREATE TABLE doc (id int, ints int[], tags text[], sparse int[], j jsonb, v tsvector) WITH (autovacuum_enabled = off);
INSERT INTO doc
SELECT g, (SELECT array_agg(floor(exp(random() * ln(5000)))::int) FROM generate_series(1, 4) x WHERE g > 0), ARRAY['tag' || g % 20, 'tag' || (g * 7) % 300],
       CASE WHEN g % 4 = 0 THEN ARRAY[g % 500] END,
       jsonb_build_object('id', g, 'type', 'type' || g % 5, 'customer', (g * 17) % 2000, 'tags', jsonb_build_array('a' || g % 10, 'b' || g % 50)),
       (SELECT to_tsvector('simple', string_agg('word' || floor(exp(random() * ln(5000)))::int, ' ')) FROM generate_series(1, 12) x WHERE g > 0)
FROM generate_series(1, 20000) g;
CREATE STATISTICS t_expressions ON (lower(email)), (ts::date) FROM t;
CREATE STATISTICS t_together (ndistinct) ON dup, few FROM t;
ANALYZE t, doc;
RESET client_min_messages;
-- The estimate, and the size of the index when it is built.
CREATE FUNCTION pg_temp.compare(tab regclass, definition text, OUT estimated bigint, OUT built bigint) LANGUAGE plpgsql AS $$
BEGIN
    estimated := perfext.estimate_index_size(tab, definition);
    EXECUTE format('CREATE INDEX built ON %s %s', tab, definition);
    built := pg_relation_size('built');
    DROP INDEX built;
END $$;
CREATE FUNCTION pg_temp.within(tab regclass, VARIADIC definitions text[]) RETURNS TABLE (definition text, within_25_percent bool) LANGUAGE sql AS $$
    SELECT d, c.estimated BETWEEN 0.75 * c.built AND 1.25 * c.built
    FROM unnest(definitions) WITH ORDINALITY AS d(d, n), LATERAL pg_temp.compare(tab, d) AS c ORDER BY n
$$;

-- Unique values, of all sorts of types.
SELECT * FROM pg_temp.within('t', '(id)', '(big)', '(email)', '(email text_pattern_ops)', '(digest)', '(u)', '(ts)');
-- Repeated values: kept once where the type allows that, which numeric and char(n) do not.
SELECT * FROM pg_temp.within('t', '(dup)', '(few)', '(four)', '(rnd)', '(ctext)', '(flag)', '(status)', '(skew)', '(num)', '(bp)');
-- NULL is one value.
SELECT * FROM pg_temp.within('t', '(mostnull)', '(halfnull)', '(rnd, mostnull)', '(mostnull, halfnull)');
-- Several columns; how many combinations there are may be known; included columns: nothing is kept once.
SELECT * FROM pg_temp.within('t', '(status, ts)', '(id DESC, ts)', '(dup, few)', '(few, flag, status)', '(few) INCLUDE (id)', '(status) INCLUDE (email)');
-- Columns that refer to a row of another table have no more combinations than it has rows.
CREATE TABLE stock (part int, supplier int, PRIMARY KEY (part, supplier));
CREATE TABLE line (part int, supplier int, n int, FOREIGN KEY (part, supplier) REFERENCES stock) WITH (autovacuum_enabled = off);
INSERT INTO stock SELECT p, (p + s * 250) % 1000 FROM generate_series(1, 5000) p, generate_series(0, 3) s;
INSERT INTO line SELECT p, (p + (n % 4) * 250) % 1000, n FROM (SELECT (random() * 4999)::int + 1 AS p, n FROM generate_series(1, 160000) n) AS l;
VACUUM ANALYZE stock, line;
SELECT * FROM pg_temp.within('line', '(part, supplier)', '(supplier, part)', '(part, n)');
DROP TABLE line, stock;
-- Some of the rows.
SELECT * FROM pg_temp.within('t', '(id) WHERE mostnull IS NULL', '(mostnull) WHERE mostnull IS NOT NULL', '(dup) WHERE flag', '(rnd) WHERE NOT flag',
    $$(ts) WHERE status <> 'done'$$, $$(id) WHERE status = 'open'$$, '(dup) WHERE id < 15000');
-- Expressions, with statistics of their own and without.
SELECT * FROM pg_temp.within('t', '(lower(email))', '((ts::date))', '(upper(halfnull))', $$((digest || 'x'))$$);
-- Other access methods.
SELECT * FROM pg_temp.within('t', 'USING hash (id)', 'USING hash (few)', 'USING brin (ts)', 'USING brin (email, id)');
SELECT * FROM pg_temp.within('doc', 'USING gin (ints)', 'USING gin (tags)', 'USING gin (sparse)', 'USING gin (ints, tags)',
    'USING gin (j)', 'USING gin (j jsonb_path_ops)', 'USING gin (v)');

-- A table without statistics, without rows: some estimate.
CREATE TABLE fresh (a int, b text, c int[], d jsonb);
SELECT perfext.estimate_index_size('fresh', '(a, b)') > 0 AS btree, perfext.estimate_index_size('fresh', 'USING gin (c, d)') > 0 AS gin,
       perfext.estimate_index_size('fresh', 'USING brin (a)') > 0 AS brin, perfext.estimate_index_size('fresh', '(lower(b)) WHERE a > 0') > 0 AS partial;
INSERT INTO fresh SELECT g, 'x', ARRAY[g], '{}' FROM generate_series(1, 1000) g;
SELECT perfext.estimate_index_size('fresh', '(a)') BETWEEN 8192 AND 100000 AS btree, perfext.estimate_index_size('fresh', 'USING gin (c)') > 8192 AS gin,
       perfext.estimate_index_size('fresh', 'USING gin (d)') > 8192 AS jsonb, perfext.estimate_index_size('fresh', 'USING gist (int4range(a, a + 1))') > 0 AS gist;

-- What CREATE INDEX refuses, and what is not taken into account.
SELECT perfext.estimate_index_size('t', '(nothing)');
SELECT perfext.estimate_index_size('t', '(ctid)');
SELECT perfext.estimate_index_size('t', '(t.*)');
SELECT perfext.estimate_index_size('t', 'id');
SELECT perfext.estimate_index_size('t', '(id); DROP TABLE perfext_index_size.t');
SELECT perfext.estimate_index_size('t', 'USING btree (ints public.no_ops)');
SELECT perfext.estimate_index_size('doc', '(v) WHERE id IN (SELECT 1)');
SELECT perfext.estimate_index_size('doc', 'USING gin (id)');
SELECT perfext.estimate_index_size('doc', 'USING hash (id, j)');
SELECT perfext.estimate_index_size('doc', 'USING gin (ints DESC)');
SELECT perfext.estimate_index_size('t', '((random() * id))');
SELECT perfext.estimate_index_size('t', '(id) WHERE ts > now()');
SELECT perfext.estimate_index_size('t', '(id) WITH (fillfactor = 50)');
SELECT perfext.estimate_index_size('t', '(id, big, dup, few, four)');
SELECT perfext.estimate_index_size('doc', 'USING gist (v tsvector_ops (siglen = 64))');
CREATE TABLE part (a int) PARTITION BY RANGE (a);
SELECT perfext.estimate_index_size('part', '(a)');
SELECT perfext.estimate_index_size(NULL, '(a)') IS NULL AS is_null;
-- None of it made an index.
SELECT count(*) FROM pg_index WHERE indrelid IN ('t'::regclass, 'doc'::regclass);

-- It tells of values: only for who may read the columns.
CREATE ROLE regress_perfext_index_size;
GRANT USAGE ON SCHEMA perfext_index_size TO regress_perfext_index_size;
GRANT SELECT (id, status) ON t TO regress_perfext_index_size;
SET ROLE regress_perfext_index_size;
SELECT perfext.estimate_index_size('t', $$(id) WHERE status = 'open'$$) > 0 AS allowed;
SELECT perfext.estimate_index_size('t', '(email)');
SELECT perfext.estimate_index_size('t', '(id) INCLUDE (email)');
SELECT perfext.estimate_index_size('t', '(id) WHERE flag');
SELECT perfext.estimate_index_size('t', '(lower(email))');
RESET ROLE;
GRANT SELECT ON t TO regress_perfext_index_size;
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
SET ROLE regress_perfext_index_size;
SELECT perfext.estimate_index_size('t', '(id)');
RESET ROLE;
SELECT perfext.estimate_index_size('t', '(id)') > 0 AS owner;
SET client_min_messages = warning;
DROP SCHEMA perfext_index_size CASCADE;
DROP ROLE regress_perfext_index_size;
