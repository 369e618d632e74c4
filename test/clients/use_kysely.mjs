// Kysely over pg's pool, DataLoader, and pg-cursor.

import DataLoader from 'dataloader';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import Cursor from 'pg-cursor';

import { serve, settings } from './client.mjs';

const books = (db, n) => db.selectFrom('book').select(['id', 'author_id', 'publisher_id'])
  .orderBy('id').limit(n).execute();
const author = (db, id) => db.selectFrom('author').selectAll().where('id', '=', id)
  .executeTakeFirst();

const scenarios = {
  async loop_by_id({ db }, n) {
    for (const book of await books(db, n)) await author(db, book.author_id);
  },
  async loop_by_id_fixed({ db }, n) {
    await db.selectFrom('book').innerJoin('author', 'author.id', 'book.author_id')
      .select(['book.id', 'author.name']).orderBy('book.id').limit(n).execute();
  },
  // A resolver per field: two per row, all at once over the pool.
  async resolvers({ db }, n) {
    await Promise.all((await books(db, n)).flatMap((book) => [
      author(db, book.author_id),
      db.selectFrom('publisher').select('name').where('id', '=', book.publisher_id).execute()]));
  },
  async data_loader({ db }, n) {
    const authors = new DataLoader(async (ids) => {
      const rows = await db.selectFrom('author').selectAll().where('id', 'in', ids).execute();
      return ids.map((id) => rows.find((row) => row.id === id));
    }, { maxBatchSize: 25 });
    await Promise.all((await books(db, n)).map((book) => authors.load(book.author_id)));
  },
  // Lists of one, two, three keys and so on.
  async growing_lists({ db }, n) {
    for (let i = 1; i <= n; i += 1) {
      await db.selectFrom('author').select('name')
        .where('id', 'in', Array.from({ length: i % 20 + 1 }, (_, j) => i * 20 + j)).execute();
    }
  },
  // The parent by pg-cursor, the look-ups on other connections.
  async cursor({ db, pool }, n) {
    const client = await pool.connect();
    const cursor = client.query(new Cursor(
      'SELECT id, author_id FROM book ORDER BY id LIMIT $1', [n]));
    for (;;) {
      const some = await cursor.read(10);
      if (!some.length) break;
      for (const book of some) await author(db, book.author_id);
    }
    await cursor.close();
    client.release();
  },
  // Requests one after the other: somebody's books, and the details of the first two.
  async details({ db }, n) {
    for (let i = 1; i <= n; i += 1) {
      const some = await db.selectFrom('book').select(['id', 'title'])
        .where('author_id', '=', (i * 7919) % 1400 + 1).orderBy('id').execute();
      for (const book of some.slice(0, 2)) {
        await db.selectFrom('review').select('stars').where('book_id', '=', book.id).execute();
      }
    }
  },
  async upserts({ db }, n) {
    for (let i = 1; i <= n; i += 1) {
      await db.insertInto('entry').values({ id: i, book_id: i, note: 'note' })
        .onConflict((on) => on.column('id').doUpdateSet({ note: 'again' })).execute();
    }
  },
};

await serve(
  async () => {
    const pool = new pg.Pool({ ...settings, max: 5 });
    return { pool, db: new Kysely({ dialect: new PostgresDialect({ pool }) }) };
  },
  ({ db }) => db.destroy(),
  scenarios,
);
