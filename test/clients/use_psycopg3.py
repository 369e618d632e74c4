"""psycopg 3: parameters; from the sixth execution on it prepares a statement by itself."""

import contextlib

import psycopg

from client import comment, serve


@contextlib.contextmanager
def session():
    with psycopg.connect('', autocommit=True) as connection:
        yield connection


def loop_by_id(db, n):
    books = db.execute('SELECT id, author_id FROM book ORDER BY id LIMIT %s' + comment(), [n])
    for book, author in books.fetchall():
        db.execute('SELECT name FROM author WHERE id = %s' + comment(), [author]).fetchone()


def loop_by_id_fixed(db, n):
    db.execute('''SELECT b.id, a.name FROM book b JOIN author a ON a.id = b.author_id
                  ORDER BY b.id LIMIT %s''', [n]).fetchall()


def loop_tx(db, n):
    with db.transaction():
        loop_by_id(db, n)


def insert_rows(db, n):
    for i in range(1, n + 1):
        db.execute('INSERT INTO entry VALUES (%s, %s, %s)', [i, i, f'note {i}'])


def copy_rows(db, n):
    with db.cursor().copy('COPY entry FROM STDIN') as copy:
        for i in range(1, n + 1):
            copy.write_row([i, i, f'note {i}'])


if __name__ == '__main__':
    serve(session, globals())
