// TypeORM: autocommit, unnamed prepared statements, relations loaded when awaited.

import 'reflect-metadata';
import { DataSource, EntitySchema } from 'typeorm';
import { serve, settings } from './client.mjs';

const id = { type: 'int', primary: true };

const Author = new EntitySchema({
  name: 'Author',
  tableName: 'author',
  columns: { id, name: { type: 'text' } },
});

const Book = new EntitySchema({
  name: 'Book',
  tableName: 'book',
  columns: { id, title: { type: 'text' } },
  relations: {
    author: {
      type: 'many-to-one', target: 'Author', lazy: true, joinColumn: { name: 'author_id' },
    },
  },
});

const Entry = new EntitySchema({
  name: 'Entry',
  tableName: 'entry',
  columns: { id, book_id: { type: 'int' }, note: { type: 'text' } },
});

const connect = () => new DataSource({
  type: 'postgres',
  host: settings.host,
  port: settings.port,
  username: settings.user,
  database: settings.database,
  applicationName: settings.application_name,
  poolSize: 1,
  entities: [Author, Book, Entry],
}).initialize();

const close = (db) => db.destroy();

const books = (db, n, options) => db.getRepository(Book)
  .find({ order: { id: 'ASC' }, take: n, ...options });

await serve(connect, close, {
  async lazy_author(db, n) {
    for (const book of await books(db, n)) (await book.author).name;
  },

  async lazy_author_fixed(db, n) {
    await books(db, n, { relations: { author: true } });
  },

  async find_one(db, n) {
    for (let i = 1; i <= n; i += 1) await db.getRepository(Author).findOneBy({ id: i * 17 });
  },

  // save() looks each key up before it inserts, in a transaction of its own.
  async save_new(db, n) {
    const entries = db.getRepository(Entry);
    for (let i = 1; i <= n; i += 1) await entries.save({ id: i, book_id: i, note: 'new' });
  },

  async insert(db, n) {
    const entries = db.getRepository(Entry);
    for (let i = 1; i <= n; i += 1) await entries.insert({ id: i, book_id: i, note: 'new' });
  },

  async start_up(db, n) {
    for (let i = 0; i < n; i += 1) await close(await connect());
  },
});
