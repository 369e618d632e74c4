// postgres.js: named prepared statements of its own, sent without waiting for the last answer.

import postgres from 'postgres';

import { serve, settings } from './client.mjs';

const books = (sql, n) => sql`SELECT id, author_id FROM book ORDER BY id LIMIT ${n}`;

const scenarios = {
  async loop_by_id(sql, n) {
    for (const book of await books(sql, n)) {
      await sql`SELECT name FROM author WHERE id = ${book.author_id}`;
    }
  },
  async loop_by_id_fixed(sql, n) {
    await sql`SELECT b.id, a.name FROM book b JOIN author a ON a.id = b.author_id
              ORDER BY b.id LIMIT ${n}`;
  },
  // All at once, one behind the other on one connection.
  async pipelined(sql, n) {
    await sql.begin(async (tx) => {
      await Promise.all((await books(tx, n)).map(
        (book) => tx`SELECT name FROM author WHERE id = ${book.author_id}`));
    });
  },
  // All at once, over the pool.
  async all_at_once(sql, n) {
    await Promise.all((await books(sql, n)).map(
      (book) => sql`SELECT name FROM author WHERE id = ${book.author_id}`));
  },
  // Rows whose keys the server gives, and for each the rows below it.
  async invoices(sql, n) {
    await sql.begin(async (tx) => {
      for (const { id } of await tx`SELECT id FROM orders ORDER BY id LIMIT ${n}`) {
        const [invoice] = await tx`INSERT INTO invoice (order_id) VALUES (${id}) RETURNING id`;
        await tx`INSERT INTO invoice_line (invoice_id, text) VALUES (${invoice.id}, 'first')`;
      }
    });
  },
  // The same in two statements.
  async invoices_at_once(sql, n) {
    const orders = await sql`SELECT id AS order_id FROM orders ORDER BY id LIMIT ${n}`;
    const invoices = await sql`INSERT INTO invoice ${sql(orders)} RETURNING id`;
    const lines = invoices.map(({ id }) => ({ invoice_id: id, text: 'first' }));
    await sql`INSERT INTO invoice_line ${sql(lines)}`;
  },
  async by_cursor(sql, n) {
    await sql.begin(async (tx) => {
      for await (const some of books(tx, n).cursor(10)) {
        for (const book of some) await sql`SELECT name FROM author WHERE id = ${book.author_id}`;
      }
    });
  },
};

await serve(
  async () => postgres({
    ...settings,
    // By a socket it wants the file, not its folder.
    ...settings.host.startsWith('/') && { path: `${settings.host}/.s.PGSQL.${settings.port}` },
    connection: { application_name: settings.application_name },
    max: 4,
  }),
  (sql) => sql.end(),
  scenarios,
);
