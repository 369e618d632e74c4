// Knex: a query builder on the driver pg, parameters in unnamed prepared statements.

import knex from 'knex';
import pg from 'pg';
import { serve, settings, tagStatements } from './client.mjs';

tagStatements(pg);

const connect = (max) => knex({ client: 'pg', connection: settings, pool: { min: 0, max } });

async function open() {
  const db = connect(5);
  await db.raw('SELECT 1');
  return db;
}

const close = (db) => db.destroy();

const books = (db, n) => db('book').select('id', 'author_id', 'title').orderBy('id').limit(n);

const author = (db, id) => db('author').select('name').where({ id });

await serve(open, close, {
  // All children at once, on the five connections of the pool.
  async promise_all(db, n) {
    await Promise.all((await books(db, n)).map((book) => author(db, book.author_id)));
  },

  async promise_all_fixed(db, n) {
    await db('book').join('author', 'author.id', 'book.author_id')
      .select('book.id', 'title', 'name').orderBy('book.id').limit(n);
  },

  async parameters(db, n) {
    for (const book of await books(db, n)) await author(db, book.author_id);
  },

  async parameters_fixed(db, n) {
    const list = await books(db, n);
    await db('author').select('id', 'name').whereIn('id', list.map((book) => book.author_id));
  },

  // A prepared statement with a name, which the driver keeps per connection.
  async named(db, n) {
    await db.transaction(async (tx) => {
      const connection = await tx.client.acquireConnection();
      for (const book of await books(tx, n)) {
        await connection.query({
          name: 'author_by_id', text: 'SELECT name FROM author WHERE id = $1', values: [book.author_id],
        });
      }
    });
  },

  // The same look-up, one time with a parameter, one time with a literal.
  async mixed_forms(db, n) {
    for (const book of await books(db, n)) {
      if (book.id % 2) await author(db, book.author_id);
      else await db.raw(`select "name" from "author" where "id" = ${book.author_id}`);
    }
  },

  async insert(db, n) {
    for (let i = 1; i <= n; i += 1) await db('entry').insert({ id: i, book_id: i, note: 'new' });
  },

  async insert_tx(db, n) {
    await db.transaction(async (tx) => {
      for (let i = 1; i <= n; i += 1) await tx('entry').insert({ id: i, book_id: i, note: 'new' });
    });
  },

  // Lists whose lengths vary, one of them of a single key.
  async lists(db, n) {
    for (let i = 0; i < n; i += 1) {
      const keys = Array.from({ length: 1 + i % 30 }, (_, k) => 40 * i + k + 1);
      await db('author').select('id', 'name').whereIn('id', keys);
    }
  },
});
