"""psycopg2 without a library above it: literals in the text, autocommit unless said."""

import contextlib
import io
import threading
import time

import psycopg2
from psycopg2.extras import execute_values

from client import comment, new_request, serve


def connect(autocommit=True):
    connection = psycopg2.connect('')
    connection.autocommit = autocommit
    return connection


@contextlib.contextmanager
def session():
    connection = connect()
    yield connection.cursor()
    connection.close()


def run(db, sql, *parameters):
    db.execute(sql + comment(), parameters or None)
    return db.fetchall() if db.description else []


def loop_by_id(db, n):
    for book, author in run(db, 'SELECT id, author_id FROM book ORDER BY id LIMIT %s', n):
        run(db, 'SELECT name FROM author WHERE id = %s', author)


def loop_by_id_fixed(db, n):
    run(db, '''SELECT b.id, a.name FROM book b JOIN author a ON a.id = b.author_id
               ORDER BY b.id LIMIT %s''', n)


def loop_of_joins(db, n):
    """The child is a join, of three tables, by key."""
    for (order,) in run(db, 'SELECT id FROM orders ORDER BY placed_on, id LIMIT %s', n):
        run(db, '''SELECT p.name, i.quantity, s.id FROM items i JOIN product p ON p.id = i.product_id
                   JOIN orders o ON o.id = i.order_id JOIN shipment s ON s.order_reference = o.reference
                   WHERE i.order_id = %s''', order)


def loop_ok(db, n):
    """The same, of which somebody has said that it is meant."""
    for book, author in run(db, 'SELECT id, author_id FROM book ORDER BY id LIMIT %s', n):
        run(db, 'SELECT name FROM author WHERE id = %s /* perfext:ok */', author)


def last_item(db, n):
    for (order,) in run(db, 'SELECT id FROM orders ORDER BY id LIMIT %s', n):
        run(db, 'SELECT quantity FROM items WHERE order_id = %s ORDER BY id DESC LIMIT 1', order)


def last_item_fixed(db, n):
    run(db, '''SELECT DISTINCT ON (order_id) order_id, quantity FROM items
               WHERE order_id IN (SELECT id FROM orders ORDER BY id LIMIT %s)
               ORDER BY order_id, id DESC''', n)


def item_total(db, n):
    for (order,) in run(db, 'SELECT id FROM orders ORDER BY id LIMIT %s', n):
        run(db, 'SELECT sum(quantity) FROM items WHERE order_id = %s', order)


def item_total_fixed(db, n):
    run(db, '''SELECT o.id, sum(quantity) FROM (SELECT id FROM orders ORDER BY id LIMIT %s) o
               JOIN items i ON i.order_id = o.id GROUP BY o.id''', n)


def two_part_key(db, n):
    query = 'SELECT warehouse_id, product_id FROM items ORDER BY id LIMIT %s'
    for warehouse, product in run(db, query, n):
        run(db, 'SELECT pieces FROM stock WHERE warehouse_id = %s AND product_id = %s',
            warehouse, product)


def two_part_key_fixed(db, n):
    run(db, '''SELECT i.id, s.pieces FROM items i JOIN stock s USING (warehouse_id, product_id)
               ORDER BY i.id LIMIT %s''', n)


def uuid_key(db, n):
    for (reference,) in run(db, 'SELECT reference FROM orders ORDER BY id LIMIT %s', n):
        run(db, 'SELECT id FROM shipment WHERE order_reference = %s', reference)


def uuid_key_fixed(db, n):
    run(db, '''SELECT s.id FROM orders o JOIN shipment s ON s.order_reference = o.reference
               ORDER BY o.id LIMIT %s''', n)


def text_key(db, n):
    for (sku,) in run(db, 'SELECT sku FROM price_list ORDER BY id LIMIT %s', n):
        run(db, 'SELECT price FROM product WHERE sku = %s', sku)


def text_key_fixed(db, n):
    run(db, '''SELECT l.id, p.price FROM price_list l JOIN product p USING (sku)
               ORDER BY l.id LIMIT %s''', n)


def far_parent(db, n):
    """Between the parent and its children the application does something else."""
    books = run(db, 'SELECT id, author_id FROM book ORDER BY id LIMIT %s', n)
    run(db, 'SELECT count(*) FROM setting')
    run(db, "SELECT value FROM setting WHERE name = 'setting 1'")
    time.sleep(0.05)
    for book, author in books:
        run(db, 'SELECT name FROM author WHERE id = %s', author)


def paused(db, n):
    """In the middle of its children the application is busy for 0.3 s."""
    for i, (book, author) in enumerate(
            run(db, 'SELECT id, author_id FROM book ORDER BY id LIMIT %s', n)):
        if i == n // 2:
            time.sleep(0.3)
        run(db, 'SELECT name FROM author WHERE id = %s', author)


def long_parent(db, n):
    """Of many rows read, the application follows the last n."""
    books = run(db, 'SELECT id, author_id FROM book WHERE id <= 800 ORDER BY id')
    for book, author in books[-n:]:
        run(db, 'SELECT name FROM author WHERE id = %s', author)


def array_parent(db, n):
    """The parent returns all keys in one array."""
    ((authors,),) = run(db, '''SELECT array_agg(author_id) FROM
                               (SELECT author_id FROM book ORDER BY id LIMIT %s) b''', n)
    for author in authors:
        run(db, 'SELECT name FROM author WHERE id = %s', author)


def few_keys(db, n):
    """Many rows refer to few others, each of which is looked up many times."""
    for (warehouse,) in run(db, 'SELECT warehouse_id FROM items ORDER BY id LIMIT %s', n):
        run(db, 'SELECT name FROM publisher WHERE id = %s', warehouse)


def tx_per_child(db, n):
    """Each statement in a transaction of its own, as repositories with annotations do it."""
    run(db, 'BEGIN')
    books = run(db, 'SELECT id, author_id FROM book ORDER BY id LIMIT %s', n)
    run(db, 'COMMIT')
    for book, author in books:
        run(db, 'BEGIN READ ONLY')
        run(db, 'SELECT name FROM author WHERE id = %s', author)
        run(db, 'COMMIT')


def execute_prepared(db, n):
    """PREPARE and EXECUTE as statements."""
    run(db, 'PREPARE author_by_id (int) AS SELECT name FROM author WHERE id = $1')
    for book, author in run(db, 'SELECT id, author_id FROM book ORDER BY id LIMIT %s', n):
        run(db, 'EXECUTE author_by_id (%s)', author)


def cursor_children(db, n):
    """The parent is a cursor, fetched in tens while its children run."""
    run(db, 'BEGIN')
    run(db, f'DECLARE books CURSOR FOR SELECT id, author_id FROM book ORDER BY id LIMIT {n}')
    while books := run(db, 'FETCH 10 FROM books'):
        for book, author in books:
            run(db, 'SELECT name FROM author WHERE id = %s', author)
    run(db, 'COMMIT')


def tree_walk(db, n):
    """Down a tree, a query for each node's children: n nodes."""
    waiting = [1001]
    for _ in range(n):
        waiting += [child for (child,) in
                    run(db, 'SELECT id FROM category WHERE parent_id = %s', waiting.pop(0))]


def insert_rows(db, n):
    for i in range(1, n + 1):
        run(db, 'INSERT INTO entry VALUES (%s, %s, %s)', i, i, f'note {i}')


def insert_rows_tx(db, n):
    run(db, 'BEGIN')
    insert_rows(db, n)
    run(db, 'COMMIT')


def insert_paused(db, n):
    """After the first row the application is busy for 0.1 s."""
    for i in range(1, n + 1):
        run(db, 'INSERT INTO entry VALUES (%s, %s, %s)', i, i, f'note {i}')
        if i == 1:
            time.sleep(0.1)


def insert_commit_each(db, n):
    for i in range(1, n + 1):
        run(db, 'BEGIN')
        run(db, 'INSERT INTO entry VALUES (%s, %s, %s)', i, i, f'note {i}')
        run(db, 'COMMIT')


def insert_by_parent(db, n):
    """Rows read, and written again one by one: INSERT ... SELECT in the application."""
    for book, title in run(db, 'SELECT id, title FROM book ORDER BY id LIMIT %s', n):
        run(db, 'INSERT INTO entry VALUES (%s, %s, %s)', book, book, title)


def upsert_rows(db, n):
    for i in range(1, n + 1):
        run(db, '''INSERT INTO entry VALUES (%s, %s, %s)
                   ON CONFLICT (id) DO UPDATE SET note = excluded.note''', i, i, f'note {i}')


def update_executemany(db, n):
    """psycopg2's executemany sends a statement for each row."""
    db.executemany('UPDATE book SET pages = %s WHERE id = %s' + comment(),
                   [(100 + i, i * 3) for i in range(1, n + 1)])


def delete_rows(db, n):
    for i in range(1, n + 1):
        run(db, 'DELETE FROM job WHERE id = %s', i)


def insert_values(db, n):
    """The remedy: many rows in each statement."""
    rows = [(i, i, f'note {i}') for i in range(1, n + 1)]
    execute_values(db, 'INSERT INTO entry VALUES %s', rows, page_size=10)


def in_lists(db, n):
    """Eager loading in lists of 50 keys: as many lists as n."""
    run(db, 'SELECT id FROM book ORDER BY id LIMIT %s', 50 * n)
    for i in range(n):
        keys = [book * 7 % 10000 + 1 for book in range(50 * i + 1, 50 * i + 51)]
        run(db, 'SELECT id, name FROM author WHERE id = ANY (%s)', keys)


def keyset_pages(db, n):
    last = 0
    for _ in range(n):
        last = run(db, 'SELECT id, title FROM book WHERE id > %s ORDER BY id LIMIT 20', last)[-1][0]


def offset_pages(db, n):
    for i in range(n):
        run(db, '''SELECT b.title, a.name FROM book b JOIN author a ON a.id = b.author_id
                   ORDER BY b.id LIMIT 20 OFFSET %s''', 20 * i)


def months(db, n):
    """A report: the same sum for one month after the other."""
    for i in range(n):
        run(db, '''SELECT count(*) FROM orders
                   WHERE placed_on >= date '2020-01-01' + %s * interval '1 month'
                     AND placed_on < date '2020-01-01' + %s * interval '1 month' ''', i, i + 1)


def same_setting(db, n):
    for _ in range(n):
        run(db, "SELECT value FROM setting WHERE name = 'setting 7'")


def same_setting_in_loop(db, n):
    """For each row the same: a look-up that belongs before the loop."""
    for book in run(db, 'SELECT id FROM book ORDER BY id LIMIT %s', n):
        run(db, "SELECT value FROM setting WHERE name = 'currency'")


def poll(db, n):
    for _ in range(n):
        run(db, "SELECT count(*) FROM job WHERE id = 1 AND state = 'done'")
        time.sleep(0.5)


def health_checks(db, n):
    for _ in range(n):
        run(db, 'SELECT 1')
        time.sleep(0.3)


def queue(db, n):
    """A worker: each job in a transaction of its own."""
    for _ in range(n):
        run(db, 'BEGIN')
        ((job, book),) = run(db, '''SELECT id, book_id FROM job WHERE state = 'new'
                                    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED''')
        run(db, 'SELECT title, pages FROM book WHERE id = %s', book)
        run(db, "UPDATE job SET state = 'done' WHERE id = %s", job)
        run(db, 'COMMIT')


def job_per_item(db, n):
    """A list of jobs, each done in a transaction that reads and writes."""
    for job, book in run(db, 'SELECT id, book_id FROM job ORDER BY id LIMIT %s', n):
        run(db, 'BEGIN')
        run(db, 'SELECT title, pages FROM book WHERE id = %s', book)
        run(db, "UPDATE job SET state = 'done' WHERE id = %s", job)
        run(db, 'INSERT INTO entry VALUES (%s, %s, %s)', job, book, 'done')
        run(db, 'COMMIT')


def request_tx(db, i):
    """A request as web applications have thousands, in a transaction."""
    run(db, 'BEGIN')
    ((author,),) = run(db, 'SELECT id FROM author WHERE email = %s', f'author{i * 31}@example.org')
    run(db, 'SELECT id, title FROM book WHERE author_id = %s', author)
    run(db, 'UPDATE setting SET value = %s WHERE name = %s', str(i), f'setting {i}')
    run(db, 'COMMIT')


def requests(db, n):
    """One connection, request after request, with a pause between them."""
    for i in range(1, n + 1):
        request_tx(db, i)
        time.sleep(0.1)


def traced_requests(db, n):
    """Without a pause; only their tags tell them apart."""
    for i in range(1, n + 1):
        new_request('traced_requests')
        ((author,),) = run(db, 'SELECT id FROM author WHERE email = %s',
                           f'author{i * 31}@example.org')
        run(db, 'SELECT id, title FROM book WHERE author_id = %s', author)


def dashboard(db, i):
    run(db, 'SELECT name FROM author WHERE id = %s', i)
    run(db, 'SELECT name FROM publisher WHERE id = %s', i)
    run(db, 'SELECT title FROM book WHERE id = %s', i)
    run(db, 'SELECT name, price FROM product WHERE id = %s', i)
    run(db, 'SELECT placed_on FROM orders WHERE id = %s', i)
    run(db, 'SELECT value FROM setting WHERE name = %s', f'setting {i}')


def two_dashboards(db, n):
    def work(key):
        with session() as other:
            dashboard(other, key)

    threads = [threading.Thread(target=work, args=(n + i,)) for i in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def copy_rows(db, n):
    """COPY into a table with a foreign key: the server looks each key up."""
    rows = ''.join(f'{i}\t{i}\tnote\n' for i in range(1, n + 1))
    db.copy_expert('COPY entry FROM STDIN', io.StringIO(rows))


def many_clients(db, n):
    """Twenty users at once, each of whom looks one thing up and thinks, n times in all."""
    def work(first):
        with session() as other:
            for i in range(first, n, 20):
                run(other, 'SELECT title FROM book WHERE id = %s', i * 37 + 1)
                time.sleep(0.3)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(min(n, 20))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == '__main__':
    serve(session, globals())
