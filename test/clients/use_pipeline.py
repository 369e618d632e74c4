"""psycopg 3 in libpq's pipeline mode, and programs of all kinds without a library above it."""

import contextlib
import hashlib
import io
import time

import psycopg

from client import serve


@contextlib.contextmanager
def session():
    with psycopg.connect('', autocommit=True) as connection:
        yield connection


BOOKS = 'SELECT id, author_id FROM book ORDER BY id LIMIT %s'
ORDERS = 'SELECT id FROM orders ORDER BY placed_on, id LIMIT %s'


def pipeline(db, n):
    """The children go without waiting for each other's rows."""
    books = db.execute(BOOKS, [n]).fetchall()
    with db.pipeline():
        cursors = [db.execute('SELECT name FROM author WHERE id = %s', [book[1]])
                   for book in books]
        for cursor in cursors:
            cursor.fetchone()


def partitioned(db, n):
    for (order,) in db.execute(ORDERS, [n]).fetchall():
        db.execute('SELECT delivered_on FROM delivery WHERE order_id = %s', [order]).fetchall()


def partitioned_literals(db, n):
    for (order,) in db.execute(ORDERS, [n]).fetchall():
        db.execute(f'SELECT delivered_on FROM delivery WHERE order_id = {order}').fetchall()


def view(db, n):
    for _, author in db.execute(BOOKS, [n]).fetchall():
        db.execute('SELECT name, books FROM author_card WHERE id = %s', [author]).fetchall()


def row_key(db, n):
    """A key of two columns, compared as a row."""
    items = db.execute('SELECT warehouse_id, product_id FROM items ORDER BY id LIMIT %s', [n])
    for warehouse, product in items.fetchall():
        db.execute('SELECT pieces FROM stock WHERE (warehouse_id, product_id) = (%s, %s)',
                   [warehouse, product])


def temporary(db, n):
    """What is to be looked up was put into a temporary table."""
    db.execute('CREATE TEMP TABLE todo AS SELECT id, author_id FROM book ORDER BY id LIMIT '
               f'{n}')
    for _, author in db.execute('SELECT id, author_id FROM todo').fetchall():
        db.execute('SELECT name FROM author WHERE id = %s', [author]).fetchone()
    db.execute('DROP TABLE todo')


def into_temporary(db, n):
    """The table of the look-ups is a temporary one."""
    db.execute('CREATE TEMP TABLE price AS SELECT sku, price FROM product')
    db.execute('ALTER TABLE price ADD PRIMARY KEY (sku)')
    for (sku,) in db.execute('SELECT sku FROM price_list ORDER BY id LIMIT %s', [n]).fetchall():
        db.execute('SELECT price FROM price WHERE sku = %s', [sku]).fetchone()
    db.execute('DROP TABLE price')


def tenants(db, n):
    """The same statement in another schema each time: another table."""
    for i in range(1, n + 1):
        db.execute(f'SET search_path = tenant_{(i - 1) % 40 + 1}')
        db.execute('SELECT count(*) FROM member')
    db.execute('RESET search_path')


def copy_between(db, n):
    books = db.execute(BOOKS, [n]).fetchall()
    with db.cursor().copy('COPY entry FROM STDIN') as copy:
        for i in range(1, 101):
            copy.write_row([i, i, 'note'])
    for _, author in books:
        db.execute('SELECT name FROM author WHERE id = %s', [author]).fetchone()


def web_requests(db, n):
    """A busy server's requests, one behind the other: who it is, what he may, seen now."""
    for i in range(1, n + 1):
        token = hashlib.md5(str(i).encode()).hexdigest()
        member, = db.execute('SELECT member_id FROM web_session WHERE token = %s',
                             [token]).fetchone()
        db.execute('SELECT name FROM author WHERE id = %s', [member]).fetchone()
        db.execute('UPDATE web_session SET seen = now() WHERE token = %s', [token])
        time.sleep(0.004)


def retries(db, n):
    """A transaction that is tried again until it comes through."""
    for _ in range(n):
        with contextlib.suppress(psycopg.Error), db.transaction():
            db.execute('SELECT stars FROM review WHERE id = 3 FOR UPDATE').fetchone()
            db.execute('SELECT name FROM author WHERE id = 5').fetchone()
            db.execute('SELECT 1 / 0')


def walk_tree(db, n):
    """Up a chain of parents, each known only by the one before."""
    node = 1
    for _ in range(n):
        node, = db.execute('SELECT parent_id FROM category WHERE id = %s', [node]).fetchone()


def versions(db, n):
    rows = db.execute('SELECT id, version FROM document ORDER BY id LIMIT %s', [n]).fetchall()
    with db.transaction():
        for document, version in rows:
            db.execute('''UPDATE document SET body = 'changed', version = version + 1
                          WHERE id = %s AND version = %s''', [document, version])


def lock_rows(db, n):
    with db.transaction():
        for (document,) in db.execute('SELECT id FROM document ORDER BY id LIMIT %s',
                                      [n]).fetchall():
            db.execute('SELECT body FROM document WHERE id = %s FOR UPDATE', [document]).fetchone()


def from_csv(db, n):
    """A file's lines, each with its product looked up before it is written."""
    for i, line in enumerate(io.StringIO('\n'.join(f'SKU-{i * 3}' for i in range(1, n + 1)))):
        product, = db.execute('SELECT id FROM product WHERE sku = %s',
                              [line.strip()]).fetchone()
        db.execute('INSERT INTO entry VALUES (%s, %s, %s)', [i, product, 'note'])


def insert_many(db, n):
    """executemany(), which psycopg 3 sends in a pipeline."""
    db.cursor().executemany('INSERT INTO entry VALUES (%s, %s, %s)',
                            [(i, i, 'note') for i in range(1, n + 1)])


def orders_of(db, n, lines):
    for i in range(n):
        with db.transaction():
            invoice, = db.execute('INSERT INTO invoice (order_id) VALUES (%s) RETURNING id',
                                  [i]).fetchone()
            for line in range(lines):
                db.execute('INSERT INTO invoice_line (invoice_id, text) VALUES (%s, %s)',
                           [invoice, f'line {line}'])


def small_orders(db, n):
    """Requests one after the other, each an order of three lines."""
    orders_of(db, n, 3)


def large_orders(db, n):
    """The same with eight."""
    orders_of(db, n, 8)


def moves(db, n):
    """Rows copied from one table to another by way of the client."""
    for row in db.execute(BOOKS, [n]).fetchall():
        db.execute("INSERT INTO entry VALUES (%s, %s, 'moved')", [row[0], row[0]])


if __name__ == '__main__':
    serve(session, globals())
