"""peewee: literals in the text, by psycopg2."""

import contextlib

import peewee

from client import serve

database = peewee.PostgresqlDatabase('shop')


class Model(peewee.Model):
    class Meta:
        database = database


class Author(Model):
    name = peewee.TextField()

    class Meta:
        table_name = 'author'


class Book(Model):
    title = peewee.TextField()
    author = peewee.ForeignKeyField(Author, column_name='author_id', backref='books')

    class Meta:
        table_name = 'book'


class Entry(Model):
    id = peewee.IntegerField(primary_key=True)
    book_id = peewee.IntegerField()
    note = peewee.TextField()

    class Meta:
        table_name = 'entry'


@contextlib.contextmanager
def session():
    database.connect()
    yield database
    database.close()


def lazy_author(_, n):
    for book in Book.select().order_by(Book.id).limit(n):
        book.author.name


def lazy_author_fixed(_, n):
    for book in Book.select(Book, Author).join(Author).order_by(Book.id).limit(n):
        book.author.name


def lazy_books(_, n):
    for author in Author.select().order_by(Author.id).limit(n):
        list(author.books)


def prefetched(_, n):
    books = Book.select()
    for author in peewee.prefetch(Author.select().order_by(Author.id).limit(n), books):
        list(author.books)


def create(_, n):
    for i in range(1, n + 1):
        Entry.create(id=i, book_id=i, note='note')


def get_or_create(_, n):
    """A look-up and an INSERT per row, each pair in a transaction."""
    for i in range(1, n + 1):
        Entry.get_or_create(id=i, defaults={'book_id': i, 'note': 'note'})


if __name__ == '__main__':
    serve(session, globals())
