-- Repeated statements written as one, from texts alone. What comes out is one statement that
-- the server takes; what is not understood gives words or NULL, never an error.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_rewrite;
SET search_path = perfext_rewrite;
CREATE TABLE author (id int PRIMARY KEY, name text, born int);
CREATE AGGREGATE my_aggregate (int) (SFUNC = int4pl, STYPE = int);
CREATE TABLE book (id int PRIMARY KEY, author_id int, publisher_id int, title text, year int);
CREATE TABLE "Odd Table" ("Key" int, "va""lue" text, tags text[]);
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on

-- Does the server take it? The statements of a text, one after the other, are prepared.
CREATE FUNCTION taken(rewritten text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    part text;
BEGIN
    FOR part IN SELECT btrim(p, E' \n')
                FROM regexp_split_to_table(regexp_replace(rewritten, '--[^\n]*', '', 'g'), ';') AS p
    LOOP
        IF part ~* '^copy' THEN
            EXECUTE replace(part, 'FROM STDIN', 'FROM PROGRAM ''true''');
        ELSIF part <> '' THEN
            EXECUTE 'PREPARE rewritten AS ' || part;
            DEALLOCATE rewritten;
        END IF;
    END LOOP;
    RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
    RETURN 'refused: ' || SQLERRM;
END
$$;

-- A list of keys instead of one.
SELECT b, taken(b)
FROM (VALUES
    (1, 'SELECT "author"."id", "author"."name" FROM "author" WHERE "author"."id" = $1 LIMIT $2', 1, 'id'),
    (2, 'select * from book where author_id = $1 order by title;', NULL, 'author_id'),
    (3, 'SELECT title FROM book WHERE author_id = $1 ORDER BY year DESC LIMIT $2', 1, 'author_id'),
    (4, 'SELECT COUNT(*) AS "__count" FROM "book" WHERE "book"."author_id" = $1', 1, 'author_id'),
    (5, 'SELECT ($1) AS "a" FROM "book" WHERE "book"."author_id" = $2 LIMIT $3', 2, 'author_id'),
    (6, 'SELECT EXISTS (SELECT 1 FROM book b WHERE b.author_id = $1 LIMIT $2)', 1, 'author_id'),
    (7, 'SELECT title FROM book WHERE $1 = author_id AND year > $2', 1, 'author_id'),
    (8, 'SELECT title FROM book WHERE author_id IN ($1)', 1, 'author_id'),
    (9, 'SELECT title FROM book WHERE author_id=$1::int', 0, NULL),
    (10, 'SELECT year, max(id) FROM book WHERE author_id = $1 GROUP BY year', 1, 'author_id'),
    (11, 'SELECT b.title FROM book b JOIN author a ON a.id = b.author_id WHERE a.id = $1 AND b.year = $2', 1, 'id'),
    (12, 'SELECT * FROM "Odd Table" WHERE "Key" = $1', 1, 'Key'),
    (13, 'SELECT title FROM book WHERE year = $12 AND id = $1', 1, NULL),
    (14, 'DELETE FROM book WHERE id = $1', 1, NULL),
    (15, 'SELECT * FROM book WHERE id = $1 FOR UPDATE', 1, 'id'),
    (16, 'PREPARE p (int) AS SELECT title FROM book WHERE author_id = $1', 1, 'author_id'),
    (17, 'SELECT title FROM book WHERE ( author_id = $1 )', 1, 'author_id'),
    (18, 'SELECT title FROM book WHERE ("book"."author_id" = $1) ORDER BY id', 1, 'author_id'),
    (19, 'SELECT b.title FROM book b WHERE b.id = $1 FOR NO KEY UPDATE NOWAIT', 1, 'id'),
    (20, 'SELECT title FROM book WHERE id = $1 ORDER BY year LIMIT $2 FOR UPDATE', 1, 'id'),
    (21, 'SELECT title FROM book WHERE (author_id = $1) = (year = $2)', 1, 'author_id'),
    (22, 'WITH b AS (SELECT * FROM book WHERE author_id = $1) SELECT count(*), max(year) FROM b', 1, 'author_id'),
    (23, 'WITH b AS (DELETE FROM book WHERE author_id = $1 RETURNING *) SELECT count(*) FROM b', 1, 'author_id'),
    -- columns stay at their places, and rows as few as they were
    (24, 'SELECT title FROM book WHERE author_id = $1 ORDER BY $2', 1, 'author_id'),
    (25, 'SELECT * FROM book WHERE author_id = $1 ORDER BY $2', 1, 'author_id'),
    (26, 'SELECT title FROM book WHERE author_id = $1 LIMIT $2', 1, 'author_id'),
    -- aggregates anywhere
    (27, 'SELECT round(avg(year), $2), stddev(year) FROM book WHERE author_id = $1', 1, 'author_id'),
    -- keys inside of expressions, and values, are none of the texts
    (28, 'SELECT id FROM author WHERE lower(name) = $1', 1, 'name'),
    (29, 'SELECT id FROM author WHERE born::text = $1', 1, 'born'),
    (30, 'SELECT id FROM author WHERE $1 = lower(name)', 1, 'name'),
    (31, 'SELECT name FROM author WHERE id = $2 + $1', 1, 'id'),
    (32, 'SELECT name FROM author WHERE born + id = $1', 1, 'id')
) AS v(n, query, parameter, key_column),
     perfext.rewrite_batch(query, parameter, key_column, 'integer') AS b
ORDER BY n;

-- Texts that cannot be rewritten: NULL.
SELECT count(*), count(perfext.rewrite_batch(query, 1, key_column, NULL)),
       count(perfext.rewrite_join(query, query, 'book', 'id', 1, key_column)),
       count(perfext.rewrite_insert(query, true)), count(perfext.rewrite_update(query, true)),
       count(perfext.rewrite_loop(query, query)), count(perfext.rewrite_plan_loop('subplan', query, 'a', 'b', 'c', NULL))
FROM unnest(ARRAY[NULL, '', ';', '(((', '"', '<unparsable statement>', '<insufficient privilege>', repeat('(', 15000),
        'SELECT * FROM book WHERE id = $1 AND ...', 'INSERT INTO', 'INSERT INTO t VALUES (', 'UPDATE t SET',
        'SELECT \1 \& [ $99999', E'\\', 'select exists (', 'select', repeat('SELECT a FROM b WHERE c = $1 ', 1000)])
     AS query,
     unnest(ARRAY[NULL, '', 'id', 'a\', '[', '(', 'x*', '"', E'new\nline']) AS key_column;
SELECT perfext.rewrite_quote(c) || ' ' || (c ~ ('^' || perfext.rewrite_quote(c) || '$'))
FROM unnest(ARRAY['a.b', 'a[b]', 'a\d', '^$', '(a|b)*', 'é+', E'a\nb', '{1}', '-', '&', '"']) AS c;

-- Parent and child as one.
SELECT j, taken(j)
FROM (VALUES
    (1, 'SELECT "book"."id", "book"."author_id" FROM "book" WHERE "book"."year" = $1 ORDER BY id LIMIT $2',
        'SELECT "author"."id", "author"."name" FROM "author" WHERE "author"."id" = $1 LIMIT $2', 'book', 'author_id', 1, 'id'),
    (2, 'SELECT * FROM author', 'SELECT * FROM book WHERE author_id = $1', 'author', 'id', 1, 'author_id'),
    (3, 'SELECT id AS author_key FROM author', 'SELECT title FROM book WHERE author_id = $1 AND year > $2', 'author', 'id', 1, 'author_id'),
    (4, 'SELECT id FROM author WHERE born = $1', 'SELECT title FROM book WHERE year > $1 AND author_id = $2 ORDER BY year', 'author', 'id', 2, 'author_id'),
    (5, 'SELECT id FROM author', 'SELECT title FROM book WHERE author_id = $1 ORDER BY year DESC LIMIT $2', 'author', 'id', 1, 'author_id'),
    (6, 'SELECT id FROM author', 'SELECT count(*) FROM book WHERE author_id = $1', 'author', 'id', 1, 'author_id'),
    (7, 'UPDATE author SET born = $1 RETURNING id', 'SELECT title FROM book WHERE author_id = $1', 'author', 'id', 1, 'author_id'),
    (8, 'DECLARE c CURSOR WITH HOLD FOR SELECT id FROM author', 'SELECT title FROM book WHERE (author_id = $1 OR year = $2)', 'author', 'id', 1, 'author_id'),
    (9, 'SELECT id FROM author FOR UPDATE', 'SELECT parent.title FROM book parent WHERE (parent.author_id = $1 OR year = $2)', 'author', 'id', 1, 'author_id'),
    (10, 'SELECT author_1.id AS author_1_id FROM author AS author_1', 'SELECT title FROM book WHERE author_id = $1', 'author_1', 'id', 1, 'author_id'),
    (11, 'FETCH 10 FROM c', 'SELECT title FROM book WHERE author_id = $1', 'author', 'id', 1, 'author_id'),
    (12, 'SELECT id, born AS year FROM author', 'SELECT title FROM book WHERE (author_id, year) = ($1, $2)', 'author', 'id', 1, 'author_id'),
    (13, 'SELECT id, year FROM book LIMIT $1', 'SELECT title FROM book WHERE year = $1 AND id = $2 AND title = $3', 'book', 'id', 2, 'id'),
    (14, 'SELECT id FROM author LIMIT $1', 'SELECT abs($1), $2', 'author', 'id', 1, NULL),
    (15, 'SELECT id FROM author', 'SELECT now()', 'author', 'id', 1, NULL),
    (16, 'SELECT id FROM author', 'SELECT title FROM book WHERE author_id = $1 ORDER BY year LIMIT $2 OFFSET $3', 'author', 'id', 1, 'author_id'),
    (17, 'SELECT id FROM author', 'WITH RECURSIVE b AS (SELECT id FROM book WHERE author_id = $1 UNION SELECT id / $2 FROM b) SELECT count(*) FROM b',
        'author', 'id', 1, 'author_id'),
    (18, 'SELECT id FROM author', 'WITH b AS (UPDATE book SET year = $2 WHERE author_id = $1 RETURNING *) SELECT count(*) FROM b', 'author', 'id', 1, 'author_id')
) AS v(n, parent, child, parent_table, parent_column, parameter, key_column),
     perfext.rewrite_join(parent, child, parent_table, parent_column, parameter, key_column) AS j
ORDER BY n;

-- The same rows come out as of the loop.
INSERT INTO author SELECT i, 'author ' || i, 1900 + i FROM generate_series(1, 10) AS i;
INSERT INTO book SELECT i, 1 + i % 7, i % 3, 'title ' || i, 2000 + i % 5 FROM generate_series(1, 40) AS i;
CREATE FUNCTION rows_of(statement text) RETURNS TABLE (r text) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'SELECT s::text FROM (' || rtrim(regexp_replace(statement, '--[^\n]*', '', 'g'), E'; \n') || ') AS s';
END
$$;
CREATE FUNCTION loop_rows() RETURNS TABLE (r text) LANGUAGE plpgsql AS $$
DECLARE
    a record;
BEGIN
    FOR a IN SELECT id, name FROM author WHERE born > 1903 LOOP
        RETURN QUERY SELECT format('(%s,"%s",%s,"%s")', a.id, a.name, b.author_id, b.title) FROM book b WHERE b.author_id = a.id;
    END LOOP;
END
$$;
SELECT count(*), count(*) FILTER (WHERE l.r IS NULL OR j.r IS NULL) AS different
FROM loop_rows() AS l
FULL JOIN (SELECT r FROM rows_of(replace(perfext.rewrite_join('SELECT id, name FROM author WHERE born > $1',
    'SELECT title FROM book WHERE author_id = $1', 'author', 'id', 1, 'author_id'), '$1', '1903')) WHERE r !~ ',,') AS j ON j.r = l.r;

-- An integer on one side, its text on the other.
SELECT r, taken(r)
FROM (VALUES
    (1, '{"kind": "read", "parent_schema": "perfext_rewrite", "parent_table": "author", "parent_column": "id", "child_schema": "perfext_rewrite", "child_table": "book",
          "child_column": "title", "child_parameter": 1}', 'SELECT year FROM book WHERE title = $1', 'SELECT id FROM author'),
    (2, '{"kind": "read", "parent_schema": "perfext_rewrite", "parent_table": "author", "parent_column": "name", "child_schema": "perfext_rewrite", "child_table": "book",
          "child_column": "id", "child_parameter": 1}', 'SELECT year FROM book WHERE id = $1 LIMIT $2', 'SELECT name FROM author'),
    (3, '{"kind": "read", "parent_schema": "perfext_rewrite", "parent_table": "author", "parent_column": "id", "child_schema": "perfext_rewrite", "child_table": "book",
          "child_column": "id", "child_parameter": 1}', 'SELECT year FROM book WHERE id = $1', 'SELECT id FROM author')
) AS v(n, finding, child, parent), perfext.n_plus_one_rewrite(finding::jsonb, child, parent, NULL, true) AS r
ORDER BY n;

-- A function that a statement calls for each row is no loop.
SELECT perfext.n_plus_one_rewrite(jsonb_build_object('kind', 'nested', 'context', context), 'SELECT count(*) FROM book WHERE author_id = wanted', parent, NULL, true)
FROM (VALUES
    (1, 'perfext_rewrite.books_of(integer) line 3', 'SELECT id, perfext_rewrite.books_of(id) FROM author'),
    (2, 'perfext_rewrite.books_of(integer) line 3', 'SELECT id FROM author')
) AS v(n, context, parent)
ORDER BY n;

-- Writes.
SELECT i, taken(i)
FROM (VALUES
    (1, 'INSERT INTO "book" ("id", "author_id", "title") VALUES ($1, $2, $3) RETURNING "book"."id"'),
    (2, 'insert into book values ($1, $2, $3, lower($4))'),
    (3, 'INSERT INTO perfext_rewrite.author(id,name) VALUES($1,$2) ON CONFLICT (id) DO UPDATE SET name = coalesce($3, author.name)'),
    (4, 'INSERT INTO author(id,name) VALUES($1,$2);'),
    (5, 'INSERT INTO "Odd Table" ("Key", "va""lue") VALUES ($1, $2)'),
    (6, 'INSERT INTO "Odd Table" ("Key", tags) VALUES ($1, $2)'),
    (7, 'INSERT INTO author SELECT $1, $2')
) AS v(n, query), perfext.rewrite_insert(query, true) AS i
ORDER BY n;
-- Elsewhere types are not known.
SELECT perfext.rewrite_insert('INSERT INTO author(id,name) VALUES($1,$2)', false);
SELECT u, taken(u)
FROM (VALUES
    (1, 'UPDATE "book" SET "author_id" = $1, "title" = $2 WHERE "book"."id" = $3'),
    (2, 'update book set year = year + $2 where id = $1 returning id'),
    (3, 'UPDATE "Odd Table" SET "va""lue" = $1 WHERE "Key" = $2'),
    (4, 'update book set year = $1 from author where author.id = $2')
) AS v(n, query), perfext.rewrite_update(query, true) AS u
ORDER BY n;
SELECT perfext.rewrite_update('update book set year = $1 where id = $2', false);

-- Loops in PL/pgSQL.
SELECT l, taken(l)
FROM (VALUES
    (1, 'select name from author where id = r.author_id'),
    (2, 'insert into author(id, name) values (r.id, $1)'),
    (3, 'update author set name = upper(name) where author.id = r.author_id'),
    (4, 'delete from author t where t.id = r.author_id'),
    (5, 'SELECT $1 from book where author_id = r.author_id and year > r.id'),
    (6, 'insert into author (id, name) select a.id, $1 from author a where a.id = r.author_id'),
    (7, 'insert into author (id) values (new.id)'),
    (8, 'select name from author where id = k'),
    (10, 'update author set name = $1 where id = old.author_id'),
    -- the record's columns have the same names as the table's
    (11, 'update perfext_rewrite.book set year = r.id where id = r.id and title = $1'),
    (12, 'update only book as b set year = r.id where id = r.id and author_id = r.author_id'),
    (13, 'delete from book where author_id = r.author_id'),
    (9, 'n := n + (select count(*) from book where author_id = r.author_id)')
) AS v(n, query), perfext.rewrite_loop('select id, author_id from book where year < $1', query) AS l
ORDER BY n;

-- Correlated subqueries.
SELECT perfext.rewrite_plan_loop(form, query, 'author_id', 'a', 'id', 'l')
FROM (VALUES
    (1, 'subplan', 'SELECT a.id, (SELECT count(*) FROM book b WHERE b.author_id = a.id) FROM author a'),
    (2, 'subplan', 'SELECT a.id, (SELECT max(year) FROM book WHERE a.id = author_id AND year < $1) AS m FROM author a'),
    (3, 'subplan', 'SELECT a.id, (SELECT title FROM book b WHERE b.author_id = a.id ORDER BY year LIMIT $1) FROM author a'),
    (4, 'lateral', 'SELECT a.id, l.* FROM author a CROSS JOIN LATERAL (SELECT title FROM book b WHERE b.author_id = a.id ORDER BY year LIMIT $1) AS l'),
    (5, 'lateral', 'SELECT a.id, l.* FROM author a LEFT JOIN LATERAL (SELECT sum(year) FROM book b WHERE b.author_id = a.id) AS l ON true'),
    (6, 'function', 'SELECT a.id, l.* FROM author a, f(a.id) AS l'),
    (7, 'subplan', 'SELECT a.id FROM author a WHERE EXISTS (SELECT 1 FROM book b WHERE b.author_id = a.id OR b.id = a.id)')
) AS v(n, form, query)
ORDER BY n;

-- Frameworks, by what they say of themselves.
SELECT perfext.n_plus_one_framework(tags::jsonb, application_name)
FROM (VALUES ('{"framework": "django:3.2", "db_driver": "django.db.backends.postgresql"}', ''),
    ('{"application": "Shop", "controller": "orders", "action": "index"}', NULL), ('{"application": "Shop"}', NULL),
    ('{"framework": "flask", "db_framework": "sqlalchemy:1.4"}', NULL), ('{"db_driver": "sequelize:6.0.1"}', NULL),
    ('{"db_driver": "knex:2"}', NULL), ('{"prismaQuery": "User.findMany:e30"}', NULL), (NULL, 'typeorm'), (NULL, 'drizzle-orm'), (NULL, 'PostgreSQL JDBC Driver'),
    (NULL, 'psql'), (NULL, NULL), ('[]', ''), ('"x"', ''), ('{"framework": 5}', '')) AS v(tags, application_name);
SELECT perfext.n_plus_one_line(framework, what, 'book', 'author_id', 'author', 'id')
FROM unnest(ARRAY['django', 'rails', 'sqlalchemy', 'sequelize', 'typeorm', 'prisma', 'drizzle', 'mikroorm', 'knex', 'laravel', 'hibernate', 'jdbc'])
         WITH ORDINALITY AS f(framework, place),
     unnest(ARRAY['one', 'aggregate', 'keys', 'insert', 'update', 'delete', 'redundant']) WITH ORDINALITY AS w(what, n)
ORDER BY place, n;
SELECT perfext.n_plus_one_line(framework, 'many', 'authors', 'id', 'book_reviews', 'author_id')
FROM unnest(ARRAY['django', 'rails', 'sqlalchemy', 'unknown', NULL]) AS framework;

-- All together.
SELECT perfext.n_plus_one_rewrite(finding::jsonb, child, parent, others, true)
FROM (VALUES
    (1, '{"kind": "read", "operation": "select", "parent_table": "book", "parent_column": "author_id", "child_schema": "perfext_rewrite", "child_table": "author", "child_column": "id",
          "child_is_unique": true, "child_parameter": 1, "links": ["book.author_id = author.id", "book.publisher_id = publisher.id"], "tags": {"framework": "django:3.2"}}',
        'SELECT "author"."id", "author"."name" FROM "author" WHERE "author"."id" = $1 LIMIT $2',
        'SELECT "book"."id", "book"."author_id" FROM "book"', ARRAY['SELECT * FROM publisher WHERE id = $1']),
    (2, '{"kind": "read", "operation": "select", "parent_table": "authors", "parent_column": "id", "child_table": "books", "child_column": "author_id",
          "child_parameter": 1, "tags": {"application": "Shop", "controller": "x"}}',
        'SELECT "books".* FROM "books" WHERE "books"."author_id" = $1', 'SELECT "authors".* FROM "authors"', NULL),
    (3, '{"kind": "read", "operation": "select", "application_name": "sqlalchemy"}', 'SELECT * FROM author WHERE id = $1', NULL, NULL),
    (4, '{"kind": "write", "operation": "insert", "executions": 50, "in_transaction_block": 0}', 'INSERT INTO book (id, title) VALUES ($1, $2)', NULL, NULL),
    (5, '{"kind": "write", "operation": "update", "executions": 50, "in_transaction_block": 50}', 'UPDATE book SET title = $1 WHERE id = $2', NULL,
        ARRAY['INSERT INTO book (id, title) VALUES ($1, $2)']),
    (6, '{"kind": "redundant", "operation": "select", "max_per_episode": 20, "tags": {"framework": "rails"}}', 'SELECT * FROM book WHERE id = $1', NULL, NULL),
    (7, '{"kind": "nested", "operation": "select", "context": "f(integer) line 5"}', 'select name from author where id = r.author_id',
        'select id, author_id from book', ARRAY['n := n + r.id']),
    (8, '{"kind": "nested", "operation": "select", "context": "name_of(integer) statement 1"}', 'select name from author where id = $1',
        'select name_of(author_id) from book', NULL),
    (9, '{"kind": "nested", "operation": "insert", "context": "tg() line 3"}', 'insert into log values (new.id)', 'insert into book values ($1)', NULL),
    (10, '{"kind": "read", "operation": "select"}', '<insufficient privilege>', NULL, NULL),
    (11, '{"kind": "read", "operation": "select"}', '<unparsable statement>', '<unparsable statement>', NULL),
    (12, '{"kind": "read", "operation": "select", "links": 5, "tags": [], "context": {}}', NULL, NULL, NULL),
    (15, '{"kind": "read", "operation": "select", "parent_table": "book", "parent_column": "author_id", "child_schema": "perfext_rewrite", "child_table": "author", "child_column": "id",
          "child_parameter": 1, "child_is_unique": true}', 'SELECT "t1"."name" FROM "author" AS "t1" WHERE ("t1"."id" = $1) LIMIT $2 OFFSET $3',
        'SELECT id, author_id FROM book', NULL),
    -- one book of each author: no index tells that there is no other
    (16, '{"kind": "read", "operation": "select", "parent_table": "author", "parent_column": "id", "child_schema": "perfext_rewrite", "child_table": "book",
          "child_column": "author_id", "child_parameter": 1, "child_is_unique": true}', 'SELECT title FROM book WHERE author_id = $1 LIMIT $2', 'SELECT id FROM author', NULL),
    -- a field of a document, the rows of COPY, a constant beside; a procedure
    (17, '{"kind": "read", "operation": "select", "parent_table": "author", "parent_column": "name", "child_schema": "perfext_rewrite", "child_table": "book",
          "child_column": "title", "child_parameter": 1}', 'SELECT id FROM book WHERE lower(title) = lower($1) AND year = $2 ORDER BY $3',
        'COPY (SELECT id, name FROM author WHERE id < $1) TO STDOUT (FORMAT csv)', NULL),
    (18, '{"kind": "read", "operation": "select", "child_is_aggregate": true, "parent_table": "author", "parent_column": "id", "child_schema": "perfext_rewrite",
          "child_table": "book", "child_column": "author_id", "child_parameter": 1}', 'SELECT my_aggregate(year) FROM book WHERE author_id = $1', 'SELECT id FROM author', NULL),
    (19, '{"kind": "write", "operation": "call", "executions": 50, "in_transaction_block": 0}', 'CALL note($1, $2)', 'SELECT id FROM author', NULL),
    (13, '{}', NULL, NULL, NULL), (14, NULL, NULL, NULL, NULL)
) AS v(n, finding, child, parent, others)
ORDER BY n;

SET client_min_messages = warning;
DROP SCHEMA perfext_rewrite CASCADE;
