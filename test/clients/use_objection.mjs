// Objection over knex.

import knex from 'knex';
import { Model } from 'objection';

import { serve, settings } from './client.mjs';

class Author extends Model {
  static tableName = 'author';

  static relationMappings = () => ({
    books: { relation: Model.HasManyRelation, modelClass: Book,
      join: { from: 'author.id', to: 'book.author_id' } },
  });
}

class Book extends Model {
  static tableName = 'book';

  static relationMappings = () => ({
    author: { relation: Model.BelongsToOneRelation, modelClass: Author,
      join: { from: 'book.author_id', to: 'author.id' } },
  });
}

const scenarios = {
  async related(db, n) {
    for (const book of await Book.query(db).orderBy('id').limit(n)) {
      await book.$relatedQuery('author', db);
    }
  },
  async related_fixed(db, n) {
    await Book.query(db).orderBy('id').limit(n).withGraphFetched('author');
  },
  async related_many(db, n) {
    const authors = await Author.query(db).orderBy('id').limit(n);
    await Promise.all(authors.map((author) => author.$relatedQuery('books', db)));
  },
  async graph(db, n) {
    await Author.query(db).orderBy('id').limit(n).withGraphFetched('books');
  },
  async insert_graph(db, n) {
    await Author.query(db).orderBy('id').limit(n);
    await db.transaction(async (tx) => {
      for (let i = 1; i <= n; i += 1) {
        const [{ id }] = await tx('invoice').insert({ order_id: i }).returning('id');
        await tx('invoice_line').insert({ invoice_id: id, text: 'first' });
      }
    });
  },
};

await serve(
  async () => knex({ client: 'pg', connection: settings, pool: { min: 0, max: 4 } }),
  (db) => db.destroy(),
  scenarios,
);
