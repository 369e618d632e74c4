// Prisma, with the driver pg: keys asked for at the same time become one list.

import { PrismaPg } from '@prisma/adapter-pg';
import prisma from 'clients-prisma';
import { serve, settings } from './client.mjs';

async function open() {
  const db = new prisma.PrismaClient({ adapter: new PrismaPg(settings) });
  await db.$connect();
  return db;
}

const close = (db) => db.$disconnect();

const books = (db, n) => db.book.findMany({ take: n, orderBy: { id: 'asc' } });

const author = (db, book) => db.author.findUnique({ where: { id: book.authorId } });

await serve(open, close, {
  async awaited(db, n) {
    for (const book of await books(db, n)) await author(db, book);
  },

  async awaited_fixed(db, n) {
    await db.book.findMany({ take: n, orderBy: { id: 'asc' }, include: { author: true } });
  },

  async same_tick(db, n) {
    await Promise.all((await books(db, n)).map((book) => author(db, book)));
  },

  async include(db, n) {
    await db.author.findMany({ take: n, orderBy: { id: 'asc' }, include: { books: true } });
  },
});
