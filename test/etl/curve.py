"""The rate of INSERT by rows per statement, from one client over a loopback connection.

    curve.py DSN learn|curve SIZES SECONDS

Prints "mode size rows_per_second" for autocommit and for one transaction. With learn,
all sizes are mixed, as a client does that sends what it has, and nothing is printed.
"""
import random
import sys
import time

import psycopg2

PAYLOAD = "payload of a row that is neither short nor long"


def statement(size, first):
    values = ", ".join(
        "(%d, %d, '%s %d', %d.25)" % (first + i, (first + i) * 7919 % 1000003, PAYLOAD, i, i)
        for i in range(size))
    return "INSERT INTO curve VALUES " + values


def statements(sizes, enough):
    """Texts made before the clock runs: what the client takes to make them is not at issue."""
    first = 1
    texts = []
    rows = 0
    while rows < enough:
        size = random.choice(sizes)
        texts.append((size, statement(size, first)))
        first += size
        rows += size
    return texts


def run(connection, texts, one_transaction, seconds):
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("TRUNCATE curve")
    cursor.execute("SELECT 1")
    if one_transaction:
        cursor.execute("BEGIN")
    rows = 0
    start = time.perf_counter()
    for size, text in texts:
        cursor.execute(text)
        rows += size
        if time.perf_counter() - start > seconds:
            break
    if one_transaction:
        cursor.execute("COMMIT")
    return rows / (time.perf_counter() - start)


def main():
    dsn, what, sizes, seconds = sys.argv[1:5]
    sizes = [int(size) for size in sizes.split(",")]
    seconds = float(seconds)
    random.seed(42)
    connection = psycopg2.connect(dsn)
    if what in ("learn_autocommit", "learn_transaction"):
        texts = statements(sizes, 60000)
        run(connection, texts, what == "learn_transaction", seconds)
        return
    best = {}
    texts = {size: statements([size], max(12000, 4 * size) if size >= 10 else 6000)
             for size in sizes}
    for _ in range(5):
        for size in random.sample(sizes, len(sizes)):
            for one in (False, True):
                rate = run(connection, texts[size], one, seconds)
                best.setdefault((one, size), []).append(rate)
    for (one, size), rates in sorted(best.items()):
        rates.sort()
        print("transaction" if one else "autocommit", size, round(rates[len(rates) // 2]))


main()
