"""Pony: loads what rows refer to for all rows that it has seen, by lists."""

import contextlib

from pony import orm

from client import serve

db = orm.Database()


class Author(db.Entity):
    _table_ = 'author'
    id = orm.PrimaryKey(int)
    name = orm.Required(str)
    books = orm.Set('Book')


class Book(db.Entity):
    _table_ = 'book'
    id = orm.PrimaryKey(int)
    title = orm.Required(str)
    author = orm.Required(Author, column='author_id')


db.bind(provider='postgres')
db.generate_mapping(check_tables=False)
db.disconnect()


@contextlib.contextmanager
def session():
    yield db
    db.disconnect()


@orm.db_session
def lazy_author(_, n):
    for book in Book.select().order_by(Book.id).limit(n):
        book.author.name


@orm.db_session
def lazy_books(_, n):
    for author in Author.select().order_by(Author.id).limit(n):
        list(author.books)


@orm.db_session
def get_each(_, n):
    """No rows that it knows of: one by one."""
    for i in range(1, n + 1):
        Author.get(id=3 * i).name


if __name__ == '__main__':
    serve(session, globals())
