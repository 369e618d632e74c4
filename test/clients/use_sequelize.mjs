// Sequelize: autocommit, literals in the text, and a semicolon before any comment.

import { DataTypes, Sequelize } from 'sequelize';
import { newRequest, comment, serve, settings } from './client.mjs';

function models(db) {
  const options = { timestamps: false };
  const id = { type: DataTypes.INTEGER, primaryKey: true };
  const Author = db.define('author', { id, name: DataTypes.TEXT }, { ...options, tableName: 'author' });
  const Publisher = db.define('publisher', { id, name: DataTypes.TEXT },
    { ...options, tableName: 'publisher' });
  const Book = db.define('book', { id, title: DataTypes.TEXT }, { ...options, tableName: 'book' });
  const Review = db.define('review', { id, stars: DataTypes.INTEGER },
    { ...options, tableName: 'review' });
  const Entry = db.define('entry', { id, book_id: DataTypes.INTEGER, note: DataTypes.TEXT },
    { ...options, tableName: 'entry' });
  Book.belongsTo(Author, { foreignKey: 'author_id' });
  Book.belongsTo(Publisher, { foreignKey: 'publisher_id' });
  Book.hasMany(Review, { foreignKey: 'book_id' });
  return { db, Author, Publisher, Book, Review, Entry };
}

function connect(application = settings.application_name) {
  const db = new Sequelize(settings.database, settings.user, '', {
    dialect: 'postgres',
    host: settings.host,
    port: settings.port,
    logging: false,
    pool: { max: 1 },
    dialectOptions: { application_name: application },
  });
  // As the sqlcommenter wrapper does it.
  const query = db.query.bind(db);
  db.query = (sql, options) => query(typeof sql === 'string' ? sql + comment() : sql, options);
  return models(db);
}

async function open() {
  const db = connect();
  await db.db.authenticate();
  return db;
}

const close = ({ db }) => db.close();

const books = ({ Book }, n, options) => Book.findAll({ order: ['id'], limit: n, ...options });

await serve(open, close, {
  async lazy_author(db, n) {
    for (const book of await books(db, n)) await book.getAuthor();
  },

  async lazy_author_fixed(db, n) {
    await books(db, n, { include: db.Author });
  },

  async three_children(db, n) {
    for (const book of await books(db, n)) {
      await book.getAuthor();
      await book.getPublisher();
      if (book.id % 2) await book.getReviews();
    }
  },

  async three_children_fixed(db, n) {
    await books(db, n, { include: [db.Author, db.Publisher, db.Review] });
  },

  async six_workers(db, n) {
    await Promise.all([1, 2, 3, 4, 5, 6].map(async (i) => {
      newRequest('six_workers');
      const worker = connect(`web${i}`);
      for (const book of await books(worker, n)) await book.getAuthor();
      await worker.db.close();
    }));
  },

  async create({ Entry }, n) {
    for (let i = 1; i <= n; i += 1) await Entry.create({ id: i, book_id: i, note: 'new' });
  },

  async create_tx({ db, Entry }, n) {
    await db.transaction(async (transaction) => {
      for (let i = 1; i <= n; i += 1) {
        await Entry.create({ id: i, book_id: i, note: 'new' }, { transaction });
      }
    });
  },

  async bulk_create({ Entry }, n) {
    const rows = Array.from({ length: n }, (_, i) => ({ id: i + 1, book_id: i + 1, note: 'new' }));
    await Entry.bulkCreate(rows);
  },

  async eager(db, n) {
    await books(db, n, { include: [{ model: db.Review, separate: true }] });
  },

  async start_up(db, n) {
    for (let i = 0; i < n; i += 1) {
      const fresh = connect();
      await fresh.db.authenticate();
      await fresh.db.close();
    }
  },

  // Requests by turns, each with a trace of its own, that look the same things up.
  async traced_requests(db, n) {
    for (let i = 1; i <= n; i += 1) {
      newRequest('traced_requests');
      const book = await db.Book.findByPk(i * 3);
      await book.getAuthor();
    }
  },
});
