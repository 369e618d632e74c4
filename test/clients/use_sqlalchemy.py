"""SQLAlchemy: one transaction per session, literals in the text."""

import contextlib
import os

from sqlalchemy import Column, ForeignKey, Integer, MetaData, Text, create_engine, event, select
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session, declarative_base, joinedload, relationship, selectinload

from client import comment, serve

Base = declarative_base()


class Author(Base):
    __tablename__ = 'author'
    id = Column(Integer, primary_key=True)
    name = Column(Text)
    books = relationship('Book', back_populates='author')


class Book(Base):
    __tablename__ = 'book'
    id = Column(Integer, primary_key=True)
    title = Column(Text)
    author_id = Column(ForeignKey('author.id'))
    author = relationship('Author', back_populates='books')


class Order(Base):
    __tablename__ = 'orders'
    id = Column(Integer, primary_key=True)
    items = relationship('Item')


class Item(Base):
    __tablename__ = 'items'
    id = Column(Integer, primary_key=True)
    order_id = Column(ForeignKey('orders.id'))
    product_id = Column(ForeignKey('product.id'))
    quantity = Column(Integer)
    product = relationship('Product')


class Product(Base):
    __tablename__ = 'product'
    id = Column(Integer, primary_key=True)
    name = Column(Text)


class Entry(Base):
    __tablename__ = 'entry'
    id = Column(Integer, primary_key=True)
    book_id = Column(Integer)
    note = Column(Text)


def new_engine():
    """An engine that has not seen its server yet."""
    url = URL.create('postgresql', query={'host': os.environ['PGHOST'], 'port': os.environ['PGPORT']})
    engine = create_engine(url)

    @event.listens_for(engine, 'before_cursor_execute', retval=True)
    def with_tags(connection, cursor, statement, parameters, context, many):
        return statement + comment(), parameters

    return engine


@contextlib.contextmanager
def session():
    engine = new_engine()
    with Session(engine) as db:
        db.connection()
        yield db
    engine.dispose()


def rows(db, query):
    # Objects that are known are not loaded again: each run begins without any.
    db.rollback()
    db.expunge_all()
    return db.execute(query).unique().scalars().all()


def lazy_author(db, n):
    for book in rows(db, select(Book).order_by(Book.id).limit(n)):
        book.author.name


def lazy_author_fixed(db, n):
    for book in rows(db, select(Book).options(joinedload(Book.author)).order_by(Book.id).limit(n)):
        book.author.name


def lazy_books(db, n):
    for author in rows(db, select(Author).order_by(Author.id).limit(n)):
        len(author.books)


def lazy_books_fixed(db, n):
    query = select(Author).options(selectinload(Author.books)).order_by(Author.id).limit(n)
    for author in rows(db, query):
        len(author.books)


def order_items_products(db, n):
    for order in rows(db, select(Order).order_by(Order.id).limit(n)):
        for item in order.items:
            item.product.name


def order_items_products_fixed(db, n):
    load = selectinload(Order.items).selectinload(Item.product)
    for order in rows(db, select(Order).options(load).order_by(Order.id).limit(n)):
        for item in order.items:
            item.product.name


def chunks_of_500(db, n):
    """Eager loading in lists of 500 keys: as many lists as n."""
    query = select(Author).options(selectinload(Author.books)).order_by(Author.id).limit(500 * n)
    for author in rows(db, query):
        len(author.books)


def insert_flushed(db, n):
    """A flush for each object: so many INSERTs, in one transaction."""
    for i in range(1, n + 1):
        db.add(Entry(id=i, book_id=i, note='new'))
        db.flush()
    db.commit()


def insert_at_once(db, n):
    """One flush: SQLAlchemy itself packs the rows into few INSERTs."""
    db.add_all(Entry(id=i, book_id=i, note='new') for i in range(1, n + 1))
    db.commit()


def new_engines(db, n):
    """What each engine asks its server at first."""
    for _ in range(n):
        engine = new_engine()
        engine.connect().close()
        engine.dispose()


def reflect(db, n):
    """The catalog, read table by table."""
    MetaData().reflect(db.connection())


if __name__ == '__main__':
    serve(session, globals())
