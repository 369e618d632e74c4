"""The rate of INSERT by rows per statement, from one client over a loopback connection.

    curve.py DSN tables
    curve.py DSN learn_autocommit|learn_transaction TABLE SIZES
    curve.py DSN curve|processor TABLE SIZES SECONDS AUTOCOMMIT TRANSACTION

The first prints the names of the tables, and makes them. "learn" inserts in statements of
all sizes mixed, as a client does that sends what it has, and prints nothing; "curve" prints
"mode size rows_per_second" for autocommit and for one transaction, and at the end what
share of the best rate the last two sizes reach: "mode share best_size".

The machine's speed changes while this runs, and the largest of a dozen noisy rates is too
large. So what is best in every other round is compared with in the rounds between, each
rate with that of the same round. With "processor" rates are those that the processor time
of client and server would allow, of which the best of all rounds counts: client and server
take turns, and what else the machine does hardly disturbs it.
"""
import random
import statistics
import sys
import time

import psycopg2

PAYLOAD = "payload of a row that is neither short nor long"
ROUNDS = 8


def usual(i):
    return "(%d, %d, '%s %d', %d.25)" % (i, i * 7919 % 1000003, PAYLOAD, i, i)


def narrow(i):
    return "(%d, %d)" % (i, i % 1000)


def wide(i):
    numbers = ", ".join(str(i * k % 10007) for k in range(1, 11))
    texts = ", ".join("'text %d of %d'" % (k, i) for k in range(10))
    return "(%d, %s, %s, '2026-11-%02d 12:00')" % (i, numbers, texts, i % 28 + 1)


def long(i):
    return "(%d, '%s')" % (i, ("%06d " % i) * 150)


def document(i):
    return """(%d, '{"id": %d, "tags": ["a%d", "b%d"], "at": "2026-11-21", "size": %d}')""" % (
        i, i, i % 7, i % 11, i * 3)


# What is made, and what a row looks like: narrow and wide, with few indexes and with many
TABLES = {
    "usual": (usual, "(id bigint PRIMARY KEY, v int, payload text, amount numeric)",
              "CREATE INDEX ON usual (v)"),
    "narrow": (narrow, "(id bigint, v int)"),
    "wide": (wide, "(id bigint PRIMARY KEY, %s, %s, at timestamptz)" % (
        ", ".join("n%d int" % k for k in range(10)), ", ".join("t%d text" % k for k in range(10)))),
    "long": (long, "(id bigint PRIMARY KEY, body text)"),
    "indexed": (usual, "(id bigint PRIMARY KEY, v int, payload text, amount numeric)",
                "CREATE INDEX ON indexed (v)", "CREATE INDEX ON indexed (payload)",
                "CREATE INDEX ON indexed (amount)", "CREATE INDEX ON indexed (v, amount)",
                "CREATE INDEX ON indexed (md5(payload))"),
    "checked": (narrow, "(id bigint PRIMARY KEY, v int REFERENCES owner CHECK (v >= 0))",
                "CREATE INDEX ON checked (v)"),
    "document": (document, "(id bigint PRIMARY KEY, body jsonb)",
                 "CREATE INDEX ON document USING gin (body)"),
}


def make_tables(connection):
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE owner AS SELECT i AS id FROM generate_series(0, 999) i")
    cursor.execute("ALTER TABLE owner ADD PRIMARY KEY (id)")
    for name, (_, columns, *indexes) in TABLES.items():
        cursor.execute("CREATE TABLE %s %s" % (name, columns))
        for index in indexes:
            cursor.execute(index)
        print(name)


def statement(table, size, first):
    row = TABLES[table][0]
    return "INSERT INTO %s VALUES %s" % (table, ", ".join(row(first + i) for i in range(size)))


def statements(table, sizes, enough):
    """Texts made before the clock runs: what the client takes to make them is not at issue."""
    first = 1
    texts = []
    rows = 0
    while rows < enough:
        size = random.choice(sizes)
        texts.append((size, statement(table, size, first)))
        first += size
        rows += size
    return texts


def processor_time(connection):
    with open("/proc/%d/schedstat" % connection.info.backend_pid) as file:
        return int(file.read().split()[0]) / 1e9 + time.process_time()


def run(connection, table, texts, one_transaction, seconds, clock=time.perf_counter):
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("TRUNCATE " + table)
    cursor.execute("SELECT 1")
    if one_transaction:
        cursor.execute("BEGIN")
    rows = 0
    start = clock()
    end = time.perf_counter() + seconds
    for size, text in texts:
        cursor.execute(text)
        rows += size
        if time.perf_counter() > end:
            break
    if one_transaction:
        cursor.execute("COMMIT")
    return rows / (clock() - start)


def share_of_best(rates, recommended):
    shares = []
    for first in (0, 1):
        best = max(rates, key=lambda size: statistics.median(rates[size][first::2]))
        shares += [mine / most for mine, most in
                   zip(rates[recommended][1 - first::2], rates[best][1 - first::2])]
    return "%.3f" % min(statistics.median(shares), 1), best


def main():
    random.seed(42)
    connection = psycopg2.connect(sys.argv[1])
    if sys.argv[2] == "tables":
        make_tables(connection)
        return
    what, table, sizes = sys.argv[2:5]
    sizes = [int(size) for size in sizes.split(",")]
    if what.startswith("learn"):
        run(connection, table, statements(table, sizes, 60000), what == "learn_transaction", 5)
        return
    seconds = float(sys.argv[5])
    recommended = [int(size) for size in sys.argv[6:8]]
    processor = what == "processor"
    clock = (lambda: processor_time(connection)) if processor else time.perf_counter
    rates = {}
    texts = {size: statements(table, [size], max(12000, 4 * size) if size >= 10 else 6000)
             for size in sizes}
    for _ in range(ROUNDS):
        for size in random.sample(sizes, len(sizes)):
            for one in (False, True):
                rate = run(connection, table, texts[size], one, seconds, clock)
                rates.setdefault((one, size), []).append(rate)
    usual = max if processor else statistics.median
    for (one, size), of_size in sorted(rates.items()):
        print("transaction" if one else "autocommit", size, round(usual(of_size)))
    for one in (False, True):
        of_mode = {size: rates[one, size] for size in sizes}
        if processor:
            best = max(sizes, key=lambda size: max(of_mode[size]))
            share = "%.3f" % (max(of_mode[recommended[one]]) / max(of_mode[best]))
        else:
            share, best = share_of_best(of_mode, recommended[one])
        print("transaction" if one else "autocommit", share, best)


main()
