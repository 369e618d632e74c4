"""asyncpg: named prepared statements of its own, a pool that resets what it takes back."""

import asyncio
import contextlib
import functools

import asyncpg

from client import serve


@contextlib.contextmanager
def session():
    async def open_pool():
        return await asyncpg.create_pool(min_size=4, max_size=4)

    with asyncio.Runner() as runner:
        pool = runner.run(open_pool())
        try:
            yield runner, pool
        finally:
            runner.run(pool.close())


def asynchronous(scenario):
    @functools.wraps(scenario)
    def run(db, n):
        runner, pool = db
        runner.run(scenario(pool, n))
    return run


BOOKS = 'SELECT id, author_id FROM book ORDER BY id LIMIT $1'
AUTHOR = 'SELECT name FROM author WHERE id = $1'


@asynchronous
async def loop_by_id(pool, n):
    async with pool.acquire() as db:
        for book in await db.fetch(BOOKS, n):
            await db.fetchval(AUTHOR, book['author_id'])


@asynchronous
async def loop_by_id_fixed(pool, n):
    async with pool.acquire() as db:
        await db.fetch('''SELECT b.id, a.name FROM book b JOIN author a ON a.id = b.author_id
                          ORDER BY b.id LIMIT $1''', n)


@asynchronous
async def from_pool(pool, n):
    """Each look-up takes a connection and gives it back."""
    for book in await pool.fetch(BOOKS, n):
        await pool.fetchval(AUTHOR, book['author_id'])


@asynchronous
async def resolvers(pool, n):
    """All children of one request at once: a resolver per field, two per row."""
    books = await pool.fetch('SELECT id, author_id, publisher_id FROM book ORDER BY id LIMIT $1', n)
    await asyncio.gather(*(
        pool.fetchval(f'SELECT name FROM {table} WHERE id = $1', book[f'{table}_id'])
        for book in books for table in ('author', 'publisher')))


@asynchronous
async def data_loader(pool, n):
    """The same with the keys of each field collected first."""
    books = await pool.fetch('SELECT id, author_id, publisher_id FROM book ORDER BY id LIMIT $1', n)
    for table in ('author', 'publisher'):
        await pool.fetch(f'SELECT id, name FROM {table} WHERE id = ANY($1::int[])',
                         [book[f'{table}_id'] for book in books])


@asynchronous
async def cursor(pool, n):
    """The parent's rows come by a portal, the children on the same connection."""
    async with pool.acquire() as db, db.transaction():
        async for book in db.cursor(BOOKS, n, prefetch=10):
            await db.fetchval(AUTHOR, book['author_id'])


@asynchronous
async def insert_many(pool, n):
    """executemany(): one execution per row, sent without waiting."""
    async with pool.acquire() as db:
        await db.executemany('INSERT INTO entry VALUES ($1, $2, $3)',
                             [(i, i, 'note') for i in range(1, n + 1)])


@asynchronous
async def copy_rows(pool, n):
    async with pool.acquire() as db:
        await db.copy_records_to_table('entry', records=[(i, i, 'note') for i in range(1, n + 1)])


@asynchronous
async def small_requests(pool, n):
    """A page of three books after the other, each in a transaction."""
    for i in range(n):
        async with pool.acquire() as db, db.transaction():
            for book in await db.fetch(BOOKS + ' OFFSET $2', 3, 3 * i):
                await db.fetchval(AUTHOR, book['author_id'])


if __name__ == '__main__':
    serve(session, globals())
