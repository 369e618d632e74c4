"""Django: its default autocommit, literals in the text."""

import contextlib
import os
import threading

import django
from django.conf import settings
from django.db import connections, models, transaction

from client import POOLER, comment, new_request, serve

# The six web workers that share a pooler have each a connection and a name of their own.
WORKERS = [f'web{i}' for i in range(1, 7)]


def database(application):
    return {
        'ENGINE': 'django.db.backends.postgresql',
        'HOST': os.environ['PGHOST'],
        'PORT': os.environ['PGPORT'],
        'USER': os.environ['PGUSER'],
        'NAME': os.environ['PGDATABASE'],
        'OPTIONS': {'application_name': application},
        'DISABLE_SERVER_SIDE_CURSORS': POOLER,
    }


settings.configure(
    DATABASES={alias: database(alias) for alias in ['default', *WORKERS]},
    DEFAULT_AUTO_FIELD='django.db.models.AutoField')
settings.DATABASES['default']['OPTIONS']['application_name'] = os.environ['PGAPPNAME']
django.setup()


class Table(models.Model):
    id = models.IntegerField(primary_key=True)

    class Meta:
        abstract = True
        app_label = 'shop'


class Author(Table):
    name = models.TextField()

    class Meta(Table.Meta):
        db_table = 'author'


class Publisher(Table):
    name = models.TextField()

    class Meta(Table.Meta):
        db_table = 'publisher'


class Book(Table):
    title = models.TextField()
    pages = models.IntegerField()
    author = models.ForeignKey(Author, models.CASCADE)
    publisher = models.ForeignKey(Publisher, models.CASCADE)

    class Meta(Table.Meta):
        db_table = 'book'


class Setting(models.Model):
    name = models.TextField(primary_key=True)
    value = models.TextField()

    class Meta:
        app_label = 'shop'
        db_table = 'setting'


class Entry(Table):
    book = models.ForeignKey(Book, models.CASCADE)
    note = models.TextField()

    class Meta(Table.Meta):
        db_table = 'entry'


class Category(Table):
    name = models.TextField()
    parent = models.ForeignKey('self', models.CASCADE)

    class Meta(Table.Meta):
        db_table = 'category'


def books(n, alias='default'):
    return Book.objects.using(alias).order_by('id')[:n]


def authors(n):
    return Author.objects.order_by('id')[:n]


def with_tags(execute, sql, params, many, context):
    return execute(sql + comment(), params, many, context)


@contextlib.contextmanager
def session():
    connection = connections['default']
    connection.ensure_connection()
    with connection.execute_wrapper(with_tags):
        yield connection
    connections.close_all()


def lazy_author(db, n):
    for book in books(n):
        book.author.name


def lazy_author_fixed(db, n):
    for book in books(n).select_related('author'):
        book.author.name


def lazy_author_atomic(db, n):
    with transaction.atomic():
        lazy_author(db, n)


def lazy_author_atomic_fixed(db, n):
    with transaction.atomic():
        lazy_author_fixed(db, n)


def lazy_author_iterator(db, n):
    """With a server-side cursor, from which rows are fetched between the children."""
    for book in books(n).iterator(chunk_size=10):
        book.author.name


def author_and_publisher(db, n):
    for book in books(n):
        book.author.name
        book.publisher.name


def author_and_publisher_fixed(db, n):
    for book in books(n).select_related('author', 'publisher'):
        book.author.name
        book.publisher.name


def count_books(db, n):
    for author in authors(n):
        author.book_set.count()


def count_books_fixed(db, n):
    found = Book.objects.filter(author__in=list(authors(n)))
    list(found.values('author').annotate(models.Count('id')))


def exists_books(db, n):
    for author in authors(n):
        author.book_set.exists()


def exists_books_fixed(db, n):
    found = Book.objects.filter(author=models.OuterRef('pk'))
    list(authors(n).annotate(has_books=models.Exists(found)))


def first_book(db, n):
    for author in authors(n):
        author.book_set.order_by('id').first()


def first_book_fixed(db, n):
    found = Book.objects.filter(author__in=list(authors(n)))
    list(found.order_by('author', 'id').distinct('author'))


def savepoints(db, n):
    """An atomic block inside another one is a savepoint, here around each child."""
    with transaction.atomic():
        for book in books(n):
            with transaction.atomic():
                book.author.name


def at_once(jobs):
    """Run functions with an alias, each in a thread and request of its own."""
    def work(controller, alias, job):
        new_request(controller)
        with connections[alias].execute_wrapper(with_tags):
            job(alias)
        connections.close_all()

    threads = [threading.Thread(target=work, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def authors_of_books(n, alias):
    for book in books(n, alias):
        book.author.name


def publishers_of_books(n, alias):
    for book in books(n, alias):
        book.publisher.name


def six_workers(db, n):
    """The lazy authors of six requests at once."""
    at_once([('six_workers', alias, lambda alias: authors_of_books(n, alias))
             for alias in WORKERS])


def six_alike(db, n):
    """The same, and all workers have one name."""
    at_once([('six_alike', 'default', lambda alias: authors_of_books(n, alias))
             for _ in WORKERS])


def two_controllers(db, n):
    """Two requests at once, of which each has its own N+1."""
    at_once([('two_controllers_a', 'web1', lambda alias: authors_of_books(n, alias)),
             ('two_controllers_b', 'web2', lambda alias: publishers_of_books(n, alias))])


def save_new(db, n):
    """With the key given, save() tries an UPDATE before it inserts."""
    for i in range(1, n + 1):
        Entry(id=i, book_id=i, note='new').save()


def save_changed(db, n):
    for book in books(n):
        book.pages += 1
        book.save()


def create(db, n):
    for i in range(1, n + 1):
        Entry.objects.create(id=i, book_id=i, note='new')


def bulk_create(db, n):
    Entry.objects.bulk_create([Entry(id=i, book_id=i, note='new') for i in range(1, n + 1)])


def get_by_id(db, n):
    for i in range(1, n + 1):
        Author.objects.get(id=i * 17)


def get_by_id_fixed(db, n):
    Author.objects.in_bulk([i * 17 for i in range(1, n + 1)])


def prefetch(db, n):
    for author in authors(n).prefetch_related('book_set'):
        list(author.book_set.all())


def keyset_pages(db, n):
    last = 0
    for _ in range(n):
        page = list(Book.objects.filter(id__gt=last).order_by('id')[:20])
        last = page[-1].id


def same_setting(db, n):
    for _ in range(n):
        Setting.objects.get(name='setting 7').value


def walk_up(db, n):
    category = Category.objects.get(id=1)
    for _ in range(n):
        category = category.parent


if __name__ == '__main__':
    serve(session, globals())
