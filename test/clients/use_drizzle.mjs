// Drizzle: relational queries are one statement, query builders what one writes.

import { eq } from 'drizzle-orm';
import { relations } from 'drizzle-orm/relations';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { serve, settings } from './client.mjs';

const author = pgTable('author', { id: integer('id').primaryKey(), name: text('name') });
const book = pgTable('book', {
  id: integer('id').primaryKey(),
  title: text('title'),
  authorId: integer('author_id'),
});
const entry = pgTable('entry', {
  id: integer('id').primaryKey(),
  bookId: integer('book_id'),
  note: text('note'),
});
const authorRelations = relations(author, ({ many }) => ({ books: many(book) }));
const bookRelations = relations(book, ({ one }) => ({
  author: one(author, { fields: [book.authorId], references: [author.id] }),
}));
const schema = { author, book, entry, authorRelations, bookRelations };

async function open() {
  const pool = new pg.Pool({ ...settings, max: 5 });
  await pool.query('SELECT 1');
  return drizzle(pool, { schema });
}

const close = (db) => db.$client.end();

await serve(open, close, {
  async relational(db, n) {
    await db.query.book.findMany({ limit: n, orderBy: book.id, with: { author: true } });
  },

  async relational_many(db, n) {
    await db.query.author.findMany({ limit: n, orderBy: author.id, with: { books: true } });
  },

  async lazy_author(db, n) {
    for (const row of await db.select().from(book).orderBy(book.id).limit(n)) {
      await db.select().from(author).where(eq(author.id, row.authorId));
    }
  },

  async lazy_author_fixed(db, n) {
    await db.query.book.findMany({ limit: n, orderBy: book.id, with: { author: true } });
  },

  async lazy_books(db, n) {
    for (const row of await db.select().from(author).orderBy(author.id).limit(n)) {
      await db.select().from(book).where(eq(book.authorId, row.id));
    }
  },

  async lazy_books_fixed(db, n) {
    await db.query.author.findMany({ limit: n, orderBy: author.id, with: { books: true } });
  },

  async insert(db, n) {
    for (let i = 1; i <= n; i += 1) {
      await db.insert(entry).values({ id: i, bookId: i, note: 'new' });
    }
  },
});
