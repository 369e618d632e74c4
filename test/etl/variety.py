"""More scenarios: clients, sizes and forms of tables that the others do not have.

Written without looking at the rules, as a check of them; the form is that of cases.py.
"""
import io
import random
import threading
import time

import psycopg
from psycopg2.extras import execute_values

from cases import case

EVENTS = """CREATE TABLE events (id bigint PRIMARY KEY, user_id int NOT NULL, kind text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(), amount numeric(10,2));
"""
INDEXES = """CREATE INDEX ON events (user_id);
CREATE INDEX ON events (kind, at);
CREATE INDEX ON events (amount);
CREATE INDEX ON events (at);
"""
FACTS = """CREATE TABLE facts (id bigint, customer int, product int, day date, qty int,
    price numeric(8,2), note text);
INSERT INTO facts SELECT g, g %% 5000, g %% 300, date '2026-01-01' + g %% 365, g %% 10,
    g %% 1000 / 7.0, repeat('n', 40) FROM generate_series(1, %d) AS g;
VACUUM ANALYZE facts;
"""
PLACES = "(%s, %s, %s, %s, %s)"
INSERT = "INSERT INTO events VALUES " + PLACES


def present(count):
    return """INSERT INTO events SELECT g, g * 7919::bigint %% 50021, 'x' || g * 31 %% 1009,
    now() - g * interval '1 s', g * 77 %% 9973 FROM generate_series(1, %d) AS g;
VACUUM ANALYZE events;
""" % count


def rows(count, first=1):
    return [(i, i * 7919 % 50021, "k%d" % (i * 31 % 1009), "2026-05-01 10:00:00", i % 1000 / 10)
            for i in range(first, first + count)]


def text(values):
    return io.StringIO("".join("\t".join(map(str, v)) + "\n" for v in values))


def copy(cursor, table, values):
    cursor.copy_expert("COPY %s FROM STDIN" % table, text(values))


def each(client, statement, values, autocommit=False):
    """One statement after the other."""
    connection = client.connect()
    connection.autocommit = autocommit
    cursor = connection.cursor()
    for value in values:
        cursor.execute(statement, value)
    connection.commit()
    connection.close()


def pages(client, statement, values, size):
    connection = client.connect()
    execute_values(connection.cursor(), statement, values, page_size=size)
    connection.commit()
    connection.close()


def script(client, *statements, options="", name="etl"):
    connection = client.connect(options)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("SET application_name = %s", (name,))
    for statement in statements:
        cursor.execute(statement)
    connection.close()


def at_once(count, work):
    threads = [threading.Thread(target=work, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def modern(client):
    return psycopg.connect(host=client.socket, user="postgres", dbname=client.database)


# ---- Rows from clients ----

@case(79, "two thousand rows by execute(), one transaction", "load_batch")
def small_each(client):
    client.setup(EVENTS)
    return lambda: each(client, INSERT, rows(2000))


@case(80, "two thousand rows by execute_values")
def small_pages(client):
    client.setup(EVENTS)
    return lambda: pages(client, "INSERT INTO events VALUES %s", rows(2000), 1000)


@case(81, "psycopg 3: executemany, which pipelines its rows", "load_batch")
def pipelined(client):
    client.setup(EVENTS)

    def work():
        with modern(client) as connection:
            connection.cursor().executemany(INSERT, rows(20000))
    return work


@case(82, "psycopg 3: COPY, a commit for each 5,000 rows")
def modern_copy(client):
    client.setup(EVENTS)

    def work():
        with modern(client) as connection:
            for batch in range(6):
                with connection.cursor().copy("COPY events FROM STDIN") as stream:
                    for row in rows(5000, 1 + batch * 5000):
                        stream.write_row(row)
                connection.commit()
    return work


@case(83, "four clients at once that insert a row and commit it", "load_batch")
def many_clients(client):
    client.setup("CREATE TABLE reading (id bigserial PRIMARY KEY, sensor int, v float8, "
                 "at timestamptz DEFAULT now())")
    return lambda: client.pgbench("\\set s random(1, 1000)\n"
                                  "INSERT INTO reading (sensor, v) VALUES (:s, random());\n",
                                  1500, "-c", "4", "-j", "2")


@case(84, "execute_values with five rows a page", "load_batch")
def tiny_pages(client):
    client.setup(EVENTS)
    return lambda: pages(client, "INSERT INTO events VALUES %s", rows(20000), 5)


@case(85, "pages of 500 rows into a table with identity and generated columns")
def generated_pages(client):
    client.setup("""CREATE TABLE position (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        qty int, price numeric, total numeric GENERATED ALWAYS AS (qty * price) STORED)""")
    return lambda: pages(client, "INSERT INTO position (qty, price) VALUES %s",
                         [(i % 9, i % 100) for i in range(50000)], 500)


@case(86, "psql: a dump of single INSERTs", "load_batch")
def dump(client):
    client.setup(EVENTS)
    return lambda: client.psql("BEGIN;\n" + "".join(
        "INSERT INTO public.events VALUES (%d, %d, '%s', '%s', %s);\n" % r
        for r in rows(5000)) + "COMMIT;\n")


@case(87, "psql: a dump with a thousand rows an INSERT")
def dump_rows(client):
    client.setup(EVENTS)
    values = ["(%d, %d, '%s', '%s', %s)" % r for r in rows(20000)]
    return lambda: client.psql("BEGIN;\n" + "".join(
        "INSERT INTO public.events VALUES\n%s;\n" % ",\n".join(values[i:i + 1000])
        for i in range(0, 20000, 1000)) + "COMMIT;\n")


@case(88, "COPY of ten rows at a time, each with its commit", "load_batch")
def tiny_copies(client):
    client.setup(EVENTS)

    def work():
        connection = client.connect()
        connection.autocommit = True
        for batch in range(2400):
            copy(connection.cursor(), "events", rows(10, 1 + batch * 10))
        connection.close()
    return work


@case(89, "single rows into a table with partitions", "load_batch")
def partition_rows(client):
    client.setup("CREATE TABLE metric (ts date NOT NULL, device int, v float8) "
                 "PARTITION BY RANGE (ts);\n" + ";\n".join(
                     "CREATE TABLE metric%d PARTITION OF metric FOR VALUES "
                     "FROM ('2026-%02d-01') TO ('2026-%02d-01')" % (m, m, m + 1)
                     for m in range(1, 12)))
    return lambda: each(client, "INSERT INTO metric VALUES (%s, %s, %s)",
                        [("2026-%02d-11" % (1 + i % 11), i % 50, i / 3) for i in range(6000)])


@case(90, "two tables filled in turn, one row each, in one transaction", "load_batch")
def in_turn(client):
    client.setup("CREATE TABLE head (id bigint PRIMARY KEY, u int);\n"
                 "CREATE TABLE line (head bigint, p int, n int)")

    def work():
        connection = client.connect()
        cursor = connection.cursor()
        for i in range(3000):
            cursor.execute("INSERT INTO head VALUES (%s, %s)", (i, i % 7))
            cursor.execute("INSERT INTO line VALUES (%s, %s, 1)", (i, i % 7))
        connection.commit()
        connection.close()
    return work


@case(91, "arrays of a thousand rows given to a function")
def array_function(client):
    client.setup(EVENTS + """CREATE FUNCTION add_events(bigint[], int[], text[]) RETURNS void
        LANGUAGE sql
        AS 'INSERT INTO events (id, user_id, kind) SELECT * FROM unnest($1, $2, $3)'""")

    def work():
        parts = [rows(1000, 1 + b * 1000) for b in range(20)]
        each(client, "SELECT add_events(%s, %s, %s)",
             [[[r[c] for r in part] for c in range(3)] for part in parts])
    return work


# ---- Rows that are there ----

KEYS = random.Random(9).sample(range(1, 30001), 5000)


@case(92, "rows deleted one by one, in no order", "load_batch|n_plus_one")
def delete_each(client):
    client.setup(EVENTS + present(30000))
    return lambda: each(client, "DELETE FROM events WHERE id = %s", [(k,) for k in KEYS])


@case(93, "rows deleted by ranges of 2,000 keys, each with its commit")
def delete_ranges(client):
    client.setup(EVENTS + present(80000))
    return lambda: each(client, "DELETE FROM events WHERE id BETWEEN %s AND %s",
                        [(i + 1, i + 2000) for i in range(0, 60000, 2000)], autocommit=True)


@case(94, "rows changed one by one, in no order", "load_batch|n_plus_one")
def update_each(client):
    client.setup(EVENTS + present(30000))
    return lambda: each(client, "UPDATE events SET amount = %s WHERE id = %s",
                        [(k % 77, k) for k in KEYS])


@case(95, "rows changed by UPDATE ... FROM (VALUES ...)")
def update_pages(client):
    client.setup(EVENTS + present(30000))
    return lambda: pages(client, "UPDATE events e SET amount = v.a FROM (VALUES %s) v (id, a) "
                                 "WHERE e.id = v.id", [(k, k % 77) for k in KEYS], 1000)


@case(96, "MERGE with one row at a time", "load_batch|n_plus_one")
def merge_each(client):
    client.setup(EVENTS + present(2000))
    return lambda: each(client, """MERGE INTO events e USING (VALUES (%s::bigint, %s, %s,
            %s::timestamptz, %s::numeric)) v (id, u, k, at, a) ON e.id = v.id
        WHEN MATCHED THEN UPDATE SET amount = v.a
        WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.u, v.k, v.at, v.a)""", rows(3000))


@case(97, "MERGE from an unlogged staging table")
def merge_stage(client):
    client.setup(EVENTS + present(150000) + "CREATE UNLOGGED TABLE stage (LIKE events)")

    def work():
        connection = client.connect()
        cursor = connection.cursor()
        for run in range(2):
            cursor.execute("TRUNCATE stage")
            copy(cursor, "stage", rows(20000, 140000 + run * 20000))
            cursor.execute("ANALYZE stage")
            cursor.execute("""MERGE INTO events e USING stage v ON e.id = v.id
                WHEN MATCHED THEN UPDATE SET amount = v.amount
                WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.user_id, v.kind, v.at, v.amount)""")
            connection.commit()
        connection.close()
    return work


@case(98, "a procedure that fills a table by ranges of 5,000 rows, each with its commit")
def ranges(client):
    client.setup(EVENTS + FACTS % 100000 + """CREATE INDEX ON facts (id);
CREATE PROCEDURE fill() LANGUAGE plpgsql AS 'BEGIN FOR i IN 0 .. 19 LOOP
    INSERT INTO events (id, user_id, kind, amount) SELECT id, customer, ''f'', price FROM facts
        WHERE id > i * 5000 AND id <= (i + 1) * 5000; COMMIT; END LOOP; END'""")
    return lambda: script(client, "CALL fill()")


@case(99, "a procedure that deletes by ranges of 2,000 rows, each with its commit")
def purge(client):
    client.setup(EVENTS + present(100000) + """CREATE PROCEDURE purge() LANGUAGE plpgsql
        AS 'BEGIN FOR i IN 0 .. 29 LOOP DELETE FROM events
            WHERE id > i * 2000 AND id <= (i + 1) * 2000; COMMIT; END LOOP; END'""")
    return lambda: script(client, "CALL purge()")


# ---- Targets ----

@case(100, "COPY of a file into an empty table with four indexes", "load_indexes")
def file_into_indexes(client):
    client.setup(EVENTS + INDEXES)
    path = client.file(text(rows(200000)).getvalue())
    return lambda: script(client, "COPY events FROM '%s'" % path)


@case(101, "100,000 rows appended to five times as many, with five indexes that nobody has read")
def append(client):
    client.setup(EVENTS + INDEXES + present(500000))
    path = client.file(text(rows(100000, 500001)).getvalue())
    return lambda: script(client, "COPY events FROM '%s'" % path)


@case(102, "an UPDATE of all rows, by an indexed column", "update_all")
def update_all(client):
    client.setup(EVENTS + INDEXES + present(200000))
    return lambda: script(client, "UPDATE events SET amount = amount * 1.02")


@case(103, "an UPDATE of a twentieth of the rows, by an indexed column")
def update_some(client):
    client.setup(EVENTS + INDEXES + present(200000))
    return lambda: script(client, "UPDATE events SET amount = amount * 1.02 WHERE id <= 10000")


KEYED = """CREATE TABLE customer (id int PRIMARY KEY);
CREATE TABLE product (id int PRIMARY KEY);
INSERT INTO customer SELECT generate_series(0, 4999);
INSERT INTO product SELECT generate_series(0, 299);
CREATE TABLE bought (id int PRIMARY KEY, customer int REFERENCES customer,
    product int REFERENCES product, v float8);
ANALYZE;
"""


@case(104, "INSERT ... SELECT into an empty table with two foreign keys", "load_foreign_keys")
def first_keys(client):
    client.setup(KEYED + FACTS % 100000)
    return lambda: script(client,
                          "INSERT INTO bought SELECT id, customer, product, price FROM facts")


@case(105, "a few rows appended to a large table with two foreign keys")
def append_keys(client):
    client.setup(KEYED + "INSERT INTO bought SELECT g, g % 5000, g % 300, g "
                         "FROM generate_series(1, 100000) AS g;\nVACUUM ANALYZE bought")

    def work():
        connection = client.connect()
        copy(connection.cursor(), "bought",
             [(200000 + i, i % 5000, i % 300, i) for i in range(4000)])
        connection.commit()
        connection.close()
    return work


SERIES = """INSERT INTO large SELECT g, g % 100, repeat('b', 80)
    FROM generate_series(1, 1000000) AS g"""


@case(106, "a large load while max_wal_size is small", "full_page_images", says="max_wal_size")
def forced(client):
    client.small_log()
    client.setup("CREATE TABLE large (id bigint PRIMARY KEY, a int, b text)")
    return lambda: script(client, SERIES)


@case(107, "the same load while it is large enough")
def unforced(client):
    client.setup("CREATE TABLE large (id bigint PRIMARY KEY, a int, b text)")
    return lambda: script(client, SERIES)


# ---- Reading ----

@case(109, "tables filled one after the other from all of another one", "repeated_scans", allowed="load_parallel")
def marts_inserted(client):
    client.setup(FACTS % 1200000 + ";\n".join("CREATE TABLE m%d (k text, s numeric)" % i
                                             for i in range(4)))
    return lambda: script(client, *["INSERT INTO m%d SELECT %s, sum(price) FROM facts GROUP BY 1"
                                    % (i, c) for i, c in
                                    enumerate(("customer", "product", "day", "qty"))])


@case(110, "the same from a small table")
def small_marts(client):
    client.setup(FACTS % 30000)
    return lambda: script(client, *["CREATE TABLE mart_%s AS SELECT %s, sum(qty * price) FROM facts "
                                    "GROUP BY 1" % (c, c) for c in
                                    ("customer", "product", "day", "qty")])


@case(111, "a sort of all rows that spills", "memory_spill", allowed="load_parallel")
def spilling(client):
    client.setup(FACTS % 900000 + "CREATE TABLE ranked (customer int, id bigint, rn bigint, note text)")
    return lambda: script(client, """INSERT INTO ranked SELECT customer, id,
        row_number() OVER (PARTITION BY customer ORDER BY price DESC, id), note FROM facts""")


@case(112, "the same with enough memory: no index either for what runs once")
def in_memory(client):
    client.setup(FACTS % 600000 + "CREATE TABLE ranked (customer int, id bigint, rn bigint, note text)")
    return lambda: script(client, "SET work_mem = '300MB'", """INSERT INTO ranked SELECT customer, id,
        row_number() OVER (PARTITION BY customer ORDER BY price DESC, id), note FROM facts""")


@case(113, "an export in portions, each of which the client works on")
def portions(client):
    client.setup("""CREATE TABLE wide AS SELECT g AS id, md5(g::text) || repeat('x', 150) AS a
        FROM generate_series(1, 400000) AS g;
ANALYZE wide""")

    def work():
        connection = client.connect()
        cursor = connection.cursor()
        cursor.execute("DECLARE portion CURSOR FOR SELECT id, a FROM wide")
        for _ in range(40):
            cursor.execute("FETCH 10000 FROM portion")
            cursor.fetchall()
            time.sleep(0.06)
        connection.commit()
        connection.close()
    return work


# ---- Ordinary work ----

QUEUE = """CREATE TABLE queue (id bigserial PRIMARY KEY, state text DEFAULT 'new', payload text);
CREATE INDEX ON queue (id) WHERE state = 'new';
INSERT INTO queue (payload) SELECT 'p' || g FROM generate_series(1, 5000) AS g;
VACUUM ANALYZE queue;
CREATE TABLE result (id bigint, at timestamptz DEFAULT now())"""


def queue_worker(client, jobs, pause):
    def work(number):
        connection = client.connect()
        cursor = connection.cursor()
        chance = random.Random(number)
        for _ in range(jobs):
            cursor.execute("""UPDATE queue SET state = 'run' WHERE id = (SELECT id FROM queue
                WHERE state = 'new' ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING id""")
            job = cursor.fetchone()
            connection.commit()
            time.sleep(chance.random() * pause)
            cursor.execute("UPDATE queue SET state = 'done' WHERE id = %s", job)
            cursor.execute("INSERT INTO result (id) VALUES (%s)", job)
            connection.commit()
        connection.close()
    return work


@case(114, "workers of a queue that write a result for each job")
def workers(client):
    client.setup(QUEUE)
    return lambda: at_once(4, queue_worker(client, 250, 0.008))


@case(115, "the same, with nothing to do between")
def busy_workers(client):
    client.setup(QUEUE)
    client.slow_commits()
    return lambda: at_once(4, queue_worker(client, 300, 0))


@case(116, "workers that delete what they take from a queue")
def deleting_workers(client):
    client.setup(QUEUE)
    client.slow_commits()

    def work(number):
        connection = client.connect()
        connection.autocommit = True
        cursor = connection.cursor()
        chance = random.Random(number)
        for _ in range(400):
            cursor.execute("DELETE FROM queue WHERE id = (SELECT id FROM queue ORDER BY id "
                           "FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING payload")
            time.sleep(chance.random() * 0.006)
        connection.close()
    return lambda: at_once(4, work)


@case(117, "orders without a query between: head, two lines, stock")
def orders(client):
    client.setup("""CREATE TABLE stock (id int PRIMARY KEY, n int);
INSERT INTO stock SELECT g, 100000 FROM generate_series(0, 999) AS g;
CREATE TABLE head (id bigserial PRIMARY KEY, u int, at timestamptz DEFAULT now());
CREATE TABLE line (head bigint, p int REFERENCES stock, n int);
ANALYZE""")
    client.slow_commits()
    return lambda: client.pgbench("""\\set u random(1, 5000)
\\set p random(0, 999)
\\set r random(0, 999)
BEGIN;
INSERT INTO head (u) VALUES (:u) RETURNING id AS head \\gset
INSERT INTO line VALUES (:head, :p, 1);
INSERT INTO line VALUES (:head, :r, 2);
UPDATE stock SET n = n - 1 WHERE id = :p;
UPDATE stock SET n = n - 2 WHERE id = :r;
COMMIT;
""", 300, "-c", "6", "-j", "2")


@case(118, "an application that counts, a row at a time")
def counters(client):
    client.setup("CREATE TABLE counter (id int PRIMARY KEY, n bigint);\n"
                 "INSERT INTO counter SELECT g, 0 FROM generate_series(1, 2000) AS g;\n"
                 "VACUUM ANALYZE counter")
    client.slow_commits()
    return lambda: client.pgbench("\\set i random(1, 2000)\n"
                                  "UPDATE counter SET n = n + 1 WHERE id = :i;\n\\sleep 2 ms\n",
                                  500, "-c", "4")


@case(119, "an apply process: what was changed elsewhere, a few rows a transaction")
def apply_process(client):
    client.setup(EVENTS + present(50000))
    client.slow_commits()

    def work():
        chance = random.Random(119)
        connection = client.connect()
        cursor = connection.cursor()
        new = 60000
        for _ in range(500):
            for _ in range(chance.randrange(1, 5)):
                what = chance.random()
                old = (chance.randrange(1, 50000),)
                new += 1
                if what < 0.5:
                    cursor.execute("INSERT INTO events VALUES (%s, 1, 'a', now(), 2)", (new,))
                elif what < 0.85:
                    cursor.execute("UPDATE events SET amount = 3 WHERE id = %s", old)
                else:
                    cursor.execute("DELETE FROM events WHERE id = %s", old)
            connection.commit()
            time.sleep(chance.expovariate(1 / 0.006))
        connection.close()
    return work


@case(120, "a consumer of a stream: COPY of 500 rows whenever they are there")
def consumer(client):
    client.setup(EVENTS)
    client.slow_commits()

    def work():
        chance = random.Random(120)
        connection = client.connect()
        connection.autocommit = True
        for batch in range(80):
            copy(connection.cursor(), "events", rows(500, 1 + batch * 500))
            time.sleep(0.01 + chance.random() * 0.02)
        connection.close()
    return work


# ---- The same table for one thing after the other ----

MERGE = """MERGE INTO by_%s AS t USING (SELECT %s AS k, sum(price) AS s FROM facts GROUP BY 1) AS f
    ON t.k = f.k WHEN MATCHED THEN UPDATE SET s = f.s WHEN NOT MATCHED THEN INSERT VALUES (f.k, f.s)"""
GROUPINGS = ("customer", "product", "qty", "id % 50")
TARGETS = ";\n".join("CREATE TABLE by_%s (k bigint PRIMARY KEY, s numeric)" % name
                     for name in ("customer", "product", "qty", "rest")) + ";\n"


def merged(client, keys):
    client.setup(FACTS % 600000 + TARGETS + "INSERT INTO by_customer SELECT g, 0 FROM generate_series(0, 4999) AS g;\n"
                 "INSERT INTO by_product SELECT g, 0 FROM generate_series(0, 299) AS g;\n"
                 "INSERT INTO by_qty SELECT g, 0 FROM generate_series(0, 9) AS g;\n"
                 "INSERT INTO by_rest SELECT g, 0 FROM generate_series(0, 49) AS g;\nVACUUM ANALYZE")
    return lambda: script(client, *[MERGE % (key if key.isalpha() else "rest", key) for key in keys])


@case(121, "sums merged one after the other from all of a large table", "repeated_scans")
def merged_sums(client):
    return merged(client, GROUPINGS)


@case(122, "one sum merged from it, again and again")
def merged_again(client):
    return merged(client, GROUPINGS[:1] * 5)


@case(123, "figures written to files, each by a query of its own over all of a large table", "repeated_scans")
def exported(client):
    client.setup(FACTS % 600000)
    return lambda: script(client, *["COPY (SELECT %s, sum(price) FROM facts GROUP BY 1) TO '/dev/null'"
                                    % key for key in GROUPINGS])


@case(124, "files written from a few rows of it each", allowed="missing_index")
def exported_parts(client):
    client.setup(FACTS % 600000)
    return lambda: script(client, *["COPY (SELECT * FROM facts WHERE product = %d AND qty = %d) TO '/dev/null'"
                                    % (key, key) for key in (2, 3, 4, 5)])


@case(125, "a procedure that fills table after table from all of a large one", "repeated_scans",
      allowed="load_parallel")
def procedure(client):
    client.setup(FACTS % 600000 + TARGETS + """CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$ BEGIN
        %s; END $$""" % "; ".join("INSERT INTO by_%s SELECT %s, sum(price) FROM facts GROUP BY 1"
                                   % (key if key.isalpha() else "rest", key) for key in GROUPINGS))
    return lambda: script(client, "CALL fill()")


# ---- Batches that are large enough: the client makes rows while the server waits ----

@case(126, "psycopg2: execute_values as it is, a hundred rows at a time")
def values_as_they_are(client):
    client.setup(EVENTS)

    def work():
        connection = client.connect()
        execute_values(connection.cursor(), "INSERT INTO events VALUES %s", rows(50000))
        connection.commit()
    return work


@case(127, "psycopg2: two hundred rows in a statement, twenty statements in a transaction")
def values_committed(client):
    client.setup(EVENTS)

    def work():
        connection = client.connect()
        for batch in range(200):
            execute_values(connection.cursor(), "INSERT INTO events VALUES %s",
                           rows(200, 1 + batch * 200), page_size=200)
            if batch % 20 == 19:
                connection.commit()
    return work
