"""The scenarios: how a load is done, and what perfext is expected to say about it.

Each is a function with a decorator: @case(number, name, expected kinds, ...). What it makes
with client.setup() is there before; the function it returns is the workload. Each thing
that should be done otherwise has a counterpart that is done well.

    expected kinds with spaces between; a|b: one of them
    allowed  kinds that may be said besides
    says     words that the summary or the action must have
    never    words that no action may have
"""
import io

import psycopg2.extras

CASES = []
ROWS = 5000


class Case:
    def __init__(self, number, name, expected, allowed, says, never, function):
        self.number = number
        self.name = name
        self.expected = set(expected.split())
        self.allowed = set(allowed.split())
        self.says = says
        self.never = never
        self.function = function
        self.work = None

    def prepare(self, client):
        self.work = self.function(client)

    def run(self, client):
        self.work()


def case(number, name, expected="", allowed="", says=None, never=None):
    def add(function):
        CASES.append(Case(number, name, expected, allowed, says, never, function))
        return function
    return add


ITEM = "CREATE TABLE item (id bigint PRIMARY KEY, v int, note text)"
INSERT = "INSERT INTO item VALUES (%s, %s, %s)"


def row(i):
    return (i, i * 7919 % 100003, "note of row %d" % i)


def line(i):
    return "%d\t%d\t%s\n" % row(i)


def lines(first, count, text=line):
    return "".join(text(i) for i in range(first, first + count))


def copy(client, table, *texts):
    connection = client.connect()
    for text in texts:
        connection.cursor().copy_expert("COPY %s FROM STDIN" % table, io.StringIO(text))
        connection.commit()
    connection.close()


def execute(client, *statements, autocommit=True):
    connection = client.connect()
    connection.autocommit = autocommit
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    if not autocommit:
        connection.commit()
    connection.close()


# ---- Batches and commits ----

@case(1, "psycopg2: INSERT of one row, autocommit", "load_batch", says="COPY")
def _(client):
    client.setup(ITEM)

    def work():
        connection = client.connect()
        connection.autocommit = True
        cursor = connection.cursor()
        for i in range(ROWS):
            cursor.execute(INSERT, row(i))
        connection.close()
    return work


@case(2, "psycopg2: executemany in one transaction", "load_batch", says="COPY")
def _(client):
    client.setup(ITEM)

    def work():
        connection = client.connect()
        connection.cursor().executemany(INSERT, [row(i) for i in range(ROWS)])
        connection.commit()
        connection.close()
    return work


@case(3, "pgbench: prepared INSERT of one row, two clients", "load_batch")
def _(client):
    client.setup("CREATE TABLE event (at timestamptz DEFAULT now(), v int, note text)")
    return lambda: client.pgbench(
        "\\set v random(1, 100000)\nINSERT INTO event (v, note) VALUES (:v, 'a note');\n",
        3000, "-M", "prepared", "-c", "2")


@case(4, "psql: a dump with --inserts", "load_batch")
def _(client):
    client.setup(ITEM)
    return lambda: client.psql("".join(
        "INSERT INTO item VALUES (%d, %d, '%s');\n" % row(i) for i in range(ROWS)))


@case(5, "psycopg2: batches of ten rows", "load_batch", says="statements of 10 rows")
def _(client):
    client.setup(ITEM)

    def work():
        connection = client.connect()
        psycopg2.extras.execute_values(
            connection.cursor(), "INSERT INTO item VALUES %s", [row(i) for i in range(20000)],
            page_size=10)
        connection.commit()
        connection.close()
    return work


@case(6, "psycopg2: batches of a thousand rows")
def _(client):
    client.setup(ITEM)

    def work():
        connection = client.connect()
        psycopg2.extras.execute_values(
            connection.cursor(), "INSERT INTO item VALUES %s", [row(i) for i in range(60000)],
            page_size=1000)
        connection.commit()
        connection.close()
    return work


@case(7, "psycopg2: COPY of 100,000 rows")
def _(client):
    client.setup(ITEM)
    text = lines(0, 100000)
    return lambda: copy(client, "item", text)


@case(8, "psycopg2: one row with RETURNING", "load_batch", never="COPY item")
def _(client):
    client.setup(ITEM)

    def work():
        connection = client.connect()
        cursor = connection.cursor()
        for i in range(ROWS):
            cursor.execute(INSERT + " RETURNING id", row(i))
            cursor.fetchone()
        connection.commit()
        connection.close()
    return work


@case(9, "psycopg2: COPY of ten rows again and again", "load_batch", allowed="load_commit")
def _(client):
    client.setup(ITEM)
    texts = [lines(10 * i, 10 if i % 3 else 4) for i in range(1500)]
    return lambda: copy(client, "item", *texts)


@case(10, "an application that reads and inserts in turn")
def _(client):
    client.setup(ITEM)
    client.setup("INSERT INTO item SELECT g, g, 'x' FROM generate_series(1, 10000) AS g")
    return lambda: client.pgbench(
        # requests that come when users make them; without pauses it would be case 60
        "\\set ms random_exponential(0, 40, 4)\n\\sleep :ms ms\n"
        "\\set i random(1, 10000)\nSELECT v FROM item WHERE id = :i;\n"
        "INSERT INTO item VALUES (10000 + :client_id * 1000000 + random() * 1e15, :i, 'x');\n",
        500)


@case(11, "pgbench: the transactions of TPC-B")
def _(client):
    client.pgbench_tables()
    return lambda: client.pgbench(None, 1000, "-c", "2")


@case(12, "psycopg2: UPDATE by key, each with its commit", "load_commit")
def _(client):
    client.setup(ITEM)
    client.setup("INSERT INTO item SELECT g, g, 'x' FROM generate_series(1, 10000) AS g;\n"
                 "VACUUM ANALYZE item")
    client.slow_commits()
    return lambda: execute(
        client, *["UPDATE item SET note = 'y' WHERE id = %d" % i for i in range(1, 1001)])


@case(13, "psycopg2: UPDATE by key in one transaction", "n_plus_one|load_batch", says="at a time")
def _(client):
    client.setup(ITEM)
    client.setup("INSERT INTO item SELECT g, g, 'x' FROM generate_series(1, 10000) AS g;\n"
                 "VACUUM ANALYZE item")
    return lambda: execute(
        client, *["UPDATE item SET note = 'y' WHERE id = %d" % i for i in range(1, 4001)],
        autocommit=False)


@case(14, "a procedure that commits each row", "load_commit", allowed="load_loop")
def _(client):
    client.setup(ITEM)
    client.slow_commits()
    return lambda: execute(client, """DO $$ BEGIN FOR i IN 1 .. 1000 LOOP
        INSERT INTO item VALUES (i, i, 'x'); COMMIT; END LOOP; END $$""")


@case(15, "a procedure that commits every thousand rows", "load_loop")
def _(client):
    client.setup(ITEM)
    return lambda: execute(client, """DO $$ BEGIN FOR i IN 1 .. 30000 LOOP
        INSERT INTO item VALUES (i, i, 'x');
        IF i % 1000 = 0 THEN COMMIT; END IF; END LOOP; END $$""")


# ---- Functions and triggers ----

@case(16, "PL/pgSQL: a loop over a query inserts row by row", "load_loop")
def _(client):
    client.setup(ITEM)
    client.setup("CREATE TABLE source AS SELECT g AS id, g AS v FROM generate_series(1, 50000) AS g;\n"
                 "ANALYZE source")
    return lambda: execute(client, """DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM source LOOP
        INSERT INTO item VALUES (r.id, r.v, 'x'); END LOOP; END $$""")


@case(17, "PL/pgSQL: INSERT ... SELECT")
def _(client):
    client.setup(ITEM)
    client.setup("CREATE TABLE source AS SELECT g AS id, g AS v FROM generate_series(1, 50000) AS g;\n"
                 "ANALYZE source")
    return lambda: execute(
        client, "DO $$ BEGIN INSERT INTO item SELECT id, v, 'x' FROM source; END $$")


TRIGGER = """
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN %s; RETURN NEW; END $$;
CREATE TRIGGER stamp %s EXECUTE FUNCTION stamp()"""


# A trigger for each statement with a transition table does it at once.
@case(18, "an audit trigger that inserts for each row", allowed="n_plus_one")
def _(client):
    client.setup(ITEM)
    client.setup("CREATE TABLE audit (id bigint)")
    execute(client, "SET perfext.track = none", TRIGGER % (
        "INSERT INTO audit VALUES (NEW.id)", "AFTER INSERT ON item FOR EACH ROW"))
    text = lines(0, 30000)
    return lambda: copy(client, "item", text)


@case(19, "COPY into a table with a BEFORE ROW trigger", "copy_row_trigger", says="stamp")
def _(client):
    client.setup(ITEM)
    execute(client, "SET perfext.track = none", TRIGGER % (
        "NEW.note := upper(NEW.note)", "BEFORE INSERT ON item FOR EACH ROW"))
    text = lines(0, 100000)
    return lambda: copy(client, "item", text)


@case(20, "COPY into a table with a BEFORE STATEMENT trigger")
def _(client):
    client.setup(ITEM)
    execute(client, "SET perfext.track = none", TRIGGER % (
        "NULL", "BEFORE INSERT ON item FOR EACH STATEMENT"))
    text = lines(0, 100000)
    return lambda: copy(client, "item", text)


# ---- Indexes, foreign keys, statistics ----

INDEXED = ITEM + """;
CREATE INDEX ON item (v);
CREATE INDEX ON item (note);
CREATE INDEX ON item (md5(note))"""


@case(21, "the first load of a table with three indexes", "load_indexes",
      says="DROP INDEX")
def _(client):
    client.setup(INDEXED)
    text = lines(0, 60000)
    return lambda: copy(client, "item", text)


@case(22, "an append to a table with three indexes")
def _(client):
    client.setup(INDEXED)
    client.setup("INSERT INTO item SELECT g, g, 'x' || g FROM generate_series(1, 300000) AS g;\n"
                 "VACUUM ANALYZE item")
    text = lines(1000000, 15000)
    return lambda: copy(client, "item", text)


PARENT = """CREATE TABLE parent (id int PRIMARY KEY);
INSERT INTO parent SELECT generate_series(1, 10000);
CREATE TABLE child (id int, parent int REFERENCES parent);
VACUUM ANALYZE parent"""


def children(first, count):
    return "".join("%d\t%d\n" % (i, i % 10000 + 1) for i in range(first, first + count))


@case(23, "the first load of a table with a foreign key", "load_foreign_keys", says="VALIDATE")
def _(client):
    client.setup(PARENT)
    text = children(0, 100000)
    return lambda: copy(client, "child", text)


@case(24, "an append to a table with a foreign key")
def _(client):
    client.setup(PARENT)
    client.setup("INSERT INTO child SELECT g, g % 10000 + 1 FROM generate_series(1, 300000) AS g;\n"
                 "VACUUM ANALYZE child")
    text = children(1000000, 15000)
    return lambda: copy(client, "child", text)


# A day is loaded and then read: the planner takes it for empty.
DAYS = """CREATE TABLE day (id bigint, day int, note text);
INSERT INTO day SELECT g, g % 4, 'x' || g FROM generate_series(1, 300000) AS g;
CREATE INDEX ON day (day);
VACUUM ANALYZE day"""
READ = "SELECT sum(length(note)) FROM day WHERE day = 4"


def fourth_day():
    return lines(1000000, 75000, lambda i: "%d\t4\tnote of row %d\n" % (i, i))


# The same query sixty times is one thing more that can be said of it.
@case(25, "queries after a load that nobody analyzed", "load_analyze", allowed="n_plus_one",
      says="ANALYZE")
def _(client):
    client.setup(DAYS)
    text = fourth_day()

    def work():
        copy(client, "day", text)
        execute(client, *[READ] * 60)
    return work


@case(26, "the same with ANALYZE after the load", allowed="n_plus_one")
def _(client):
    client.setup(DAYS)
    text = fourth_day()

    def work():
        copy(client, "day", text)
        execute(client, "ANALYZE day", *[READ] * 60)
    return work


# ---- Reading ----

WIDE = """CREATE TABLE wide AS
SELECT g AS id, repeat(md5(g::text), 20) AS note FROM generate_series(1, 150000) AS g;
VACUUM ANALYZE wide"""


@case(27, "psycopg2: 90 MB fetched at once", "large_result", says="CURSOR")
def _(client):
    client.setup(WIDE)
    return lambda: execute(client, "SELECT * FROM wide")


@case(28, "psycopg2: the same with a named cursor")
def _(client):
    client.setup(WIDE)

    def work():
        connection = client.connect()
        cursor = connection.cursor("portions")
        cursor.itersize = 10000
        cursor.execute("SELECT * FROM wide")
        for _ in cursor:
            pass
        connection.close()
    return work


SALES = """CREATE TABLE sales AS
SELECT g AS id, g % 12 AS month, g % 7 AS shop, g % 100 AS amount, repeat('x', 40) AS note
FROM generate_series(1, 800000) AS g;
VACUUM ANALYZE sales"""


@case(29, "a report that reads a large table for each of its figures", "repeated_scans",
      allowed="parallel_workers")
def _(client):
    client.setup(SALES)
    return lambda: execute(
        client, "SELECT month, sum(amount) FROM sales GROUP BY month",
        "SELECT shop, sum(amount) FROM sales GROUP BY shop",
        "SELECT max(amount), min(amount) FROM sales",
        "SELECT count(*) FROM sales WHERE amount < 90",
        "SELECT avg(length(note)) FROM sales")


@case(30, "the same report in one pass")
def _(client):
    client.setup(SALES)
    return lambda: execute(client, """
        SELECT month, shop, sum(amount), max(amount), min(amount), avg(length(note)),
               count(*) FILTER (WHERE amount < 90)
        FROM sales GROUP BY GROUPING SETS ((month), (shop), ())""")


# ---- Updates, staging, work ----

@case(31, "UPDATE of an indexed column in all rows", "update_all", says="IS DISTINCT FROM")
def _(client):
    client.setup(INDEXED)
    client.setup("INSERT INTO item SELECT g, g, 'x' || g FROM generate_series(1, 60000) AS g;\n"
                 "VACUUM ANALYZE item")
    return lambda: execute(client, "UPDATE item SET v = v + 1", "UPDATE item SET v = v + 1")


@case(32, "UPDATE of some rows of a table")
def _(client):
    client.setup(ITEM)
    client.setup("INSERT INTO item SELECT g, g, 'x' || g FROM generate_series(1, 300000) AS g;\n"
                 "VACUUM ANALYZE item")
    return lambda: execute(client, "UPDATE item SET v = v + 1 WHERE id <= 15000")


@case(33, "a staging table that each run fills anew", "staging_unlogged", says="SET UNLOGGED")
def _(client):
    client.setup("CREATE TABLE staging (id bigint, v int, note text)")
    text = lines(0, 100000)

    def work():
        for _ in range(3):
            execute(client, "TRUNCATE staging")
            copy(client, "staging", text)
    return work


@case(34, "the same, UNLOGGED")
def _(client):
    client.setup("CREATE UNLOGGED TABLE staging (id bigint, v int, note text)")
    text = lines(0, 100000)

    def work():
        for _ in range(3):
            execute(client, "TRUNCATE staging")
            copy(client, "staging", text)
    return work


BIG = """CREATE TABLE big AS
SELECT g AS id, g % 1000 AS k, repeat('x', 50) AS note FROM generate_series(1, 1500000) AS g;
CREATE TABLE totals (k int, n bigint, length bigint);
VACUUM ANALYZE big"""
TOTALS = "SELECT k, count(*), sum(length(md5(note || id))) FROM big GROUP BY k"


@case(35, "INSERT ... SELECT of an aggregate over a large table", "load_parallel")
def _(client):
    client.setup(BIG)
    return lambda: execute(client, "INSERT INTO totals " + TOTALS)


@case(36, "CREATE TABLE AS of the same")
def _(client):
    client.setup(BIG)
    return lambda: execute(client, "CREATE TABLE totals_too AS " + TOTALS)


@case(37, "CREATE INDEX with little memory", "index_build_memory", says="maintenance_work_mem")
def _(client):
    client.setup(BIG)
    return lambda: execute(client, "SET maintenance_work_mem = '4MB'",
                           "SET max_parallel_maintenance_workers = 0",
                           "CREATE INDEX ON big (md5(note || id))")


@case(38, "CREATE INDEX with enough memory")
def _(client):
    client.setup(BIG)
    return lambda: execute(client, "SET maintenance_work_mem = '1GB'",
                           "CREATE INDEX ON big (k)")
