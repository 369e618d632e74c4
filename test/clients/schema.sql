-- What all clients read and write: a book shop.  Every column by which a client
-- looks rows up has an index; the keys of neighbouring rows lie apart, so that the
-- children of the first parents have distinct keys.

CREATE TABLE publisher (
	id int PRIMARY KEY,
	name text NOT NULL
);
INSERT INTO publisher SELECT i, 'publisher ' || i FROM generate_series(1, 2000) AS i;

CREATE TABLE author (
	id int PRIMARY KEY,
	name text NOT NULL,
	email text NOT NULL UNIQUE
);
INSERT INTO author SELECT i, 'author ' || i, 'author' || i || '@example.org'
	FROM generate_series(1, 10000) AS i;

CREATE TABLE book (
	id int PRIMARY KEY,
	title text NOT NULL,
	pages int NOT NULL,
	author_id int NOT NULL REFERENCES author,
	publisher_id int NOT NULL REFERENCES publisher
);
INSERT INTO book SELECT i, 'book ' || i, 50 + i % 700, i * 7 % 10000 + 1, i * 3 % 2000 + 1
	FROM generate_series(1, 30000) AS i;
CREATE INDEX ON book (author_id);
CREATE INDEX ON book (publisher_id);

CREATE TABLE review (
	id int PRIMARY KEY,
	book_id int NOT NULL REFERENCES book,
	stars int NOT NULL
);
INSERT INTO review SELECT i, i * 11 % 30000 + 1, i % 5 + 1 FROM generate_series(1, 60000) AS i;
CREATE INDEX ON review (book_id);

CREATE TABLE orders (
	id int PRIMARY KEY,
	reference uuid NOT NULL UNIQUE,
	placed_on date NOT NULL
);
INSERT INTO orders SELECT i, md5(i::text)::uuid, date '2020-01-01' + i % 1500
	FROM generate_series(1, 10000) AS i;
CREATE INDEX ON orders (placed_on);

CREATE TABLE product (
	id int PRIMARY KEY,
	sku text NOT NULL UNIQUE,
	name text NOT NULL,
	price numeric NOT NULL
);
INSERT INTO product SELECT i, 'SKU-' || i, 'product ' || i, i % 90 + 1
	FROM generate_series(1, 5000) AS i;

-- Three for each order.
CREATE TABLE items (
	id int PRIMARY KEY,
	order_id int NOT NULL REFERENCES orders,
	product_id int NOT NULL REFERENCES product,
	warehouse_id int NOT NULL,
	quantity int NOT NULL
);
INSERT INTO items SELECT i, (i - 1) / 3 + 1, i * 7 % 5000 + 1, i % 10 + 1, i % 4 + 1
	FROM generate_series(1, 30000) AS i;
CREATE INDEX ON items (order_id);
CREATE INDEX ON items (product_id);

CREATE TABLE stock (
	warehouse_id int,
	product_id int,
	pieces int NOT NULL,
	PRIMARY KEY (warehouse_id, product_id)
);
INSERT INTO stock SELECT w, p, w * p % 100
	FROM generate_series(1, 10) AS w, generate_series(1, 5000) AS p;

CREATE TABLE shipment (
	id int PRIMARY KEY,
	order_reference uuid NOT NULL UNIQUE REFERENCES orders (reference)
);
INSERT INTO shipment SELECT id, reference FROM orders;

CREATE TABLE price_list (
	id int PRIMARY KEY,
	sku text NOT NULL REFERENCES product (sku)
);
INSERT INTO price_list SELECT i, 'SKU-' || i * 13 % 5000 + 1 FROM generate_series(1, 5000) AS i;

-- A chain of 300 (1 the deepest) and, from 1001 on, a tree with three children each.
CREATE TABLE category (
	id int PRIMARY KEY,
	name text NOT NULL,
	parent_id int REFERENCES category
);
INSERT INTO category SELECT i, 'category ' || i, nullif(i + 1, 301) FROM generate_series(1, 300) AS i;
INSERT INTO category SELECT 1000 + i, 'branch ' || i, CASE WHEN i > 1 THEN 1000 + (i + 1) / 3 END
	FROM generate_series(1, 3000) AS i;
CREATE INDEX ON category (parent_id);

CREATE TABLE setting (
	name text PRIMARY KEY,
	value text NOT NULL
);
INSERT INTO setting SELECT 'setting ' || i, i FROM generate_series(1, 1000) AS i;

-- What is written: emptied before each run.
CREATE TABLE entry (
	id int PRIMARY KEY,
	book_id int NOT NULL REFERENCES book,
	note text
);
CREATE TABLE sale (
	id int PRIMARY KEY,
	product_id int NOT NULL,
	price numeric
);
CREATE TABLE audit (
	sale_id int NOT NULL,
	noted text NOT NULL
);
CREATE TABLE job (
	id int PRIMARY KEY,
	book_id int NOT NULL,
	state text NOT NULL
);
CREATE INDEX ON job (id) WHERE state = 'new';

-- A function and triggers that look something up for each row.
CREATE FUNCTION publisher_name(wanted int) RETURNS text STABLE LANGUAGE sql
	AS 'SELECT name FROM publisher WHERE id = wanted';

CREATE FUNCTION set_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	SELECT price INTO NEW.price FROM product WHERE id = NEW.product_id;
	RETURN NEW;
END $$;
CREATE TRIGGER set_price BEFORE INSERT ON sale FOR EACH ROW EXECUTE FUNCTION set_price();

CREATE FUNCTION note_sale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO audit VALUES (OLD.id, 'changed');
	RETURN NULL;
END $$;
CREATE TRIGGER note_sale AFTER UPDATE ON sale FOR EACH ROW EXECUTE FUNCTION note_sale();

-- A child in partitions, one behind a view, one behind a function.
CREATE TABLE delivery (
	order_id int NOT NULL,
	parcel int NOT NULL,
	delivered_on date NOT NULL,
	PRIMARY KEY (order_id, parcel)
) PARTITION BY HASH (order_id);
CREATE TABLE delivery_0 PARTITION OF delivery FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE delivery_1 PARTITION OF delivery FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE delivery_2 PARTITION OF delivery FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO delivery SELECT i / 2 + 1, i % 2, date '2020-02-01' + i % 1500
	FROM generate_series(0, 19999) AS i;

CREATE VIEW author_card AS SELECT a.id, a.name, count(b.id) AS books
	FROM author AS a LEFT JOIN book AS b ON b.author_id = a.id GROUP BY a.id;

CREATE FUNCTION order_total(wanted int) RETURNS numeric STABLE LANGUAGE sql
	AS 'SELECT sum(quantity * price) FROM items JOIN product p ON p.id = product_id
		WHERE order_id = wanted';

-- What a remark is about says its type.
CREATE TABLE remark (
	id int PRIMARY KEY,
	subject_type text NOT NULL,
	subject_id int NOT NULL
);
INSERT INTO remark SELECT i, (ARRAY['author', 'book', 'product'])[i % 3 + 1], (i * i * 31 + i * 7) % 4999 + 1
	FROM generate_series(1, 3000) AS i;

-- A schema per tenant.
DO $$
BEGIN
	FOR i IN 1..40 LOOP
		EXECUTE format('CREATE SCHEMA tenant_%s', i);
		EXECUTE format('CREATE TABLE tenant_%s.member AS SELECT i AS id, ''member'' AS name
			FROM generate_series(1, 100) AS i', i);
		EXECUTE format('ALTER TABLE tenant_%s.member ADD PRIMARY KEY (id)', i);
		EXECUTE format('GRANT USAGE ON SCHEMA tenant_%s TO PUBLIC', i);
		EXECUTE format('GRANT SELECT ON tenant_%s.member TO PUBLIC', i);
	END LOOP;
END $$;

-- Rows with a version, changed only by who has read the last one.
CREATE TABLE document (
	id int PRIMARY KEY,
	body text NOT NULL,
	version int NOT NULL
);
INSERT INTO document SELECT i * 3, 'body', i % 7 FROM generate_series(1, 1000) AS i;

-- Keys that the server gives.
CREATE TABLE invoice (
	id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	order_id int NOT NULL
);
CREATE TABLE invoice_line (
	id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	invoice_id int NOT NULL,
	text text NOT NULL
);
CREATE INDEX ON invoice_line (invoice_id);

CREATE TABLE web_session (
	token text PRIMARY KEY,
	member_id int NOT NULL,
	seen timestamptz
);
INSERT INTO web_session SELECT md5(i::text), i * 7 % 10000 + 1 FROM generate_series(1, 1000) AS i;

-- The slate of a run.
CREATE FUNCTION clean_slate() RETURNS void LANGUAGE sql SET session_replication_role = replica
AS $$
	TRUNCATE entry, sale, audit, job, invoice, invoice_line RESTART IDENTITY;
	INSERT INTO sale SELECT -i, i, 1 FROM generate_series(1, 200) AS i;
	INSERT INTO job SELECT i, i * 3, 'new' FROM generate_series(1, 1000) AS i;
$$;

CREATE ROLE shop LOGIN;
CREATE ROLE pooled LOGIN;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO shop, pooled;
SELECT clean_slate();
VACUUM ANALYZE;
