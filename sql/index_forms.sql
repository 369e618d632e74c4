-- What the planner says about the forms of an index, and about those that others may create.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_forms;
SET search_path = perfext_forms;
SET perfext.what_if_target = 100;
SET perfext.what_if_timeout = '10s';
SET max_parallel_workers_per_gather = 0;
SET random_page_cost = 1.1;
SET jit = off;
CREATE TABLE t (id int, few int, mid int, many int, day date, amount numeric, doc jsonb, pad text)
WITH (autovacuum_enabled = off);
INSERT INTO t
SELECT g, g * 7 % 50, g * 31 % 500, g * 7919 % 30000, date '2020-01-01' + g * 13 % 2000, g % 1000,
       jsonb_build_object('id', g, 'kind', 'k' || g % 7, 'tags', jsonb_build_array(g % 100, g % 33)), repeat('x', 100)
FROM generate_series(1, 60000) g;
VACUUM ANALYZE t;
CREATE TABLE u (many int, note text) WITH (autovacuum_enabled = off);
INSERT INTO u SELECT g, repeat('y', 50) FROM generate_series(1, 30000) g;
VACUUM ANALYZE u;

-- Each statement runs until its turn has come: its time does not matter then.
CREATE FUNCTION prove(statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM perfext.reset();
    FOR i IN 1..300 LOOP
        EXECUTE statement;
        EXIT WHEN EXISTS (SELECT FROM perfext.index_proofs);
    END LOOP;
END
$$;
CREATE VIEW forms AS
SELECT i->>'column_list' AS proposed, f->>'column_list' AS form, f->'include_columns' AS included,
       (f->>'cost')::float8 < cost_after AS is_cheaper,
       (f->>'size_bytes')::float8 < (i->>'size_bytes')::float8 AS is_smaller,
       (f->>'index_only')::boolean AS index_only
FROM perfext.index_proofs, jsonb_array_elements(indexes) AS i, jsonb_array_elements(i->'forms') AS f;
CREATE VIEW risks AS
SELECT r->>'relname' AS relname, r->>'column_list' AS column_list,
       (r->>'cost')::float8 <= 1.01 * cost_before AS is_no_dearer,
       r->>'scan' IS NOT NULL AS is_used, (r->>'fetched_per_loop')::float8 > 0 AS fetches
FROM perfext.index_proofs, jsonb_array_elements(risks) AS r;

-- Included columns are beside the plain index, not in its place; the rows that a scan reads
-- are those before its filter.
SELECT prove($$SELECT sum(amount) FROM t WHERE mid BETWEEN 10 AND 30 AND many > 15000$$);
SELECT i->'key_columns' AS key_columns, i->'include_columns' AS included,
       (i->>'fetched_per_loop')::float8 >= (i->>'rows_per_loop')::float8 AS reads_more
FROM perfext.index_proofs, jsonb_array_elements(indexes) AS i;
SELECT * FROM forms WHERE included <> '[]' ORDER BY 2;
-- A shorter one where it does most of it.
SELECT prove($$SELECT count(pad) FROM t WHERE mid = 3 AND few = 43$$);
SELECT count(*) > 0 AS has_shorter, bool_and(is_smaller) AS all_smaller FROM forms WHERE included = '[]';
-- What the plan would take although it wants nothing: each column by itself.
SET random_page_cost = 1;
SELECT prove($$SELECT count(pad) FROM t WHERE day < '2022-06-01' AND amount >= 0$$);
SELECT reason, indexes FROM perfext.index_proofs;
SELECT * FROM risks;
-- None for what is proposed anyhow, nor where an index begins so.
SELECT prove($$SELECT count(pad) FROM t WHERE many = 17$$);
SELECT count(*) AS risks FROM risks;
CREATE INDEX t_day ON t (day, id);
SELECT prove($$SELECT count(pad) FROM t WHERE day < '2022-06-01' AND amount >= 0$$);
SELECT count(*) AS risks FROM risks WHERE column_list = 'day';
DROP INDEX t_day;
RESET random_page_cost;

-- The cost of the scan to its end: part of the new plan's, or more where that stops early.
SELECT prove($$SELECT count(pad) FROM t WHERE many = 17$$);
SELECT (i->>'full_cost')::float8 BETWEEN 0.1 AND cost_after AS all_read
FROM perfext.index_proofs, jsonb_array_elements(indexes) AS i;
SELECT prove($$SELECT pad FROM t ORDER BY many LIMIT 3$$);
SELECT (i->>'full_cost')::float8 > 100 * cost_after AS stops_early
FROM perfext.index_proofs, jsonb_array_elements(indexes) AS i;

-- jsonb: the smaller operator class where it serves, and the other one beside it.
SELECT prove($$SELECT count(pad) FROM t WHERE doc @> '{"id": 77}'$$);
SELECT i->>'column_list' AS proposed FROM perfext.index_proofs, jsonb_array_elements(indexes) AS i;
SELECT proposed, form FROM forms;
SELECT prove($$SELECT count(pad) FROM t WHERE doc ? 'nothing'$$);
SELECT i->>'column_list' AS proposed FROM perfext.index_proofs, jsonb_array_elements(indexes) AS i;
SELECT count(*) AS forms FROM forms;

-- A join with all columns of another table's key bounds how many combinations there are.
CREATE TABLE stock (part int, supplier int, price int, PRIMARY KEY (part, supplier));
CREATE TABLE line (part int, supplier int, n int, pad text) WITH (autovacuum_enabled = off);
INSERT INTO stock SELECT p, (p + s * 250) % 1000, p FROM generate_series(1, 5000) p, generate_series(0, 3) s;
INSERT INTO line SELECT p, (p + (n % 4) * 250) % 1000, n, repeat('z', 50) FROM (SELECT n * 7919 % 5000 + 1 AS p, n FROM generate_series(1, 160000) n) AS l;
VACUUM ANALYZE stock, line;
SELECT prove($$SELECT sum(price) FROM line JOIN stock USING (part, supplier) WHERE price = 77 AND n % 3 > 0$$);
SELECT i->>'column_list' AS proposed, (i->>'size_bytes')::float8 < 0.6 * perfext.estimate_index_size('line', '(part, supplier)') AS is_bounded
FROM perfext.index_proofs, jsonb_array_elements(indexes) AS i WHERE i->>'column_list' = 'part, supplier';

-- A constant is part of an index only if each execution has the same one: not a literal that
-- varies, nor what is computed from one, nor a parameter.
CREATE TABLE job (id int, state int, note text) WITH (autovacuum_enabled = off);
INSERT INTO job SELECT g, CASE WHEN g % 200 < 2 THEN g % 200 ELSE 2 + g * 7919 % 5 END, repeat('n', 100) FROM generate_series(1, 60000) g;
VACUUM ANALYZE job;
CREATE FUNCTION prove_in_turn(statement text, VARIADIC constants text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    value text;
BEGIN
    PERFORM perfext.reset();
    FOR i IN 0..149 LOOP
        value := constants[i % cardinality(constants) + 1];
        IF statement LIKE '%$1%' THEN
            EXECUTE statement USING value;
        ELSE
            EXECUTE replace(statement, '?', value);
        END IF;
        EXIT WHEN i >= 20 AND EXISTS (SELECT FROM perfext.index_proofs);
    END LOOP;
END
$$;
CREATE VIEW proposed AS
SELECT i->>'column_list' AS column_list, i->>'predicate' AS predicate
FROM perfext.index_proofs LEFT JOIN LATERAL jsonb_array_elements(indexes) AS i ON true;
SELECT prove_in_turn($$SELECT count(pad) FROM t WHERE doc->>'id' = '?'$$, '17', '18', '19');
SELECT * FROM proposed;
SELECT prove_in_turn($$SELECT count(pad) FROM t WHERE doc->>'?' = '17'$$, 'id', 'name', 'nothing');
SELECT * FROM proposed;
SELECT prove_in_turn($$SELECT count(pad) FROM t WHERE doc->>('i' || '?') = '17'$$, 'd', 'dea', 'deas');
SELECT * FROM proposed;
SELECT prove_in_turn($$SELECT count(pad) FROM t WHERE doc->>$1 = '17'$$, 'id', 'id');
SELECT * FROM proposed;
SELECT prove_in_turn($$SELECT count(note) FROM job WHERE state = 1$$, '');
SELECT * FROM proposed;
SELECT prove_in_turn($$SELECT count(note) FROM job WHERE state = ?$$, '1', '0');
SELECT * FROM proposed;
SELECT prove_in_turn($$SELECT count(note) FROM job WHERE state = 1 - ?$$, '1', '0');
SELECT * FROM proposed;
SELECT prove_in_turn($$SELECT count(note) FROM job WHERE state = 1 - $1::int$$, '1', '0');
SELECT * FROM proposed;
-- Another one that varies beside it does not matter.
SELECT prove_in_turn($$SELECT count(note) FROM job WHERE state = 1 AND id > ?$$, '1', '2');
SELECT * FROM proposed;

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA perfext_forms CASCADE;
