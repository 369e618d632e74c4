-- A shop with primary keys only: 100,000 customers, 200,000 orders, 300,000 items, 10,000 products.
CREATE TABLE customer (
    id int PRIMARY KEY,
    email text NOT NULL,
    login text COLLATE "und-x-icu" NOT NULL,
    name text NOT NULL,
    city_id int NOT NULL,
    newsletter boolean NOT NULL,
    registered timestamp NOT NULL
);
CREATE TABLE product (
    id int PRIMARY KEY,
    sku text NOT NULL,
    name text NOT NULL,
    price numeric(10, 2) NOT NULL
);
CREATE TABLE orders (
    id int PRIMARY KEY,
    customer_id int NOT NULL,
    warehouse_id int NOT NULL,
    status text NOT NULL,           -- 'done' but for one in 200
    channel text NOT NULL,          -- web 60 %, shop 30 %, phone 10 %
    total numeric(10, 2) NOT NULL,
    created timestamp NOT NULL,     -- as the rows came in
    due timestamp NOT NULL,         -- in no order
    shipped_at timestamp,           -- NULL in one of 250
    flagged boolean NOT NULL,       -- true in one of 400
    note text NOT NULL
);
CREATE TABLE item (
    id int PRIMARY KEY,
    order_id int NOT NULL,
    product_id int NOT NULL,
    quantity int NOT NULL,
    price numeric(10, 2) NOT NULL,
    note text NOT NULL
);

SELECT setseed(0.5);
INSERT INTO customer
    SELECT i, 'user' || i * 7919 % 100003 || '@example.com', 'login' || i * 7919 % 100003,
           'name ' || md5(i::text), (random() * 2000)::int, random() < 0.5,
           timestamp '2020-01-01' + i * interval '20 min'
    FROM generate_series(1, 100000) AS i;
INSERT INTO product
    SELECT i, 'SKU-' || i * 7919 % 10007, 'product ' || md5(i::text), round((random() * 500)::numeric, 2)
    FROM generate_series(1, 10000) AS i;
INSERT INTO orders
    SELECT i, 1 + (random() * 79999)::int, 1 + (random() * 19)::int,
           CASE WHEN i % 200 > 0 THEN 'done' WHEN i % 400 = 0 THEN 'new' ELSE 'returned' END,
           CASE WHEN i % 10 < 6 THEN 'web' WHEN i % 10 < 9 THEN 'shop' ELSE 'phone' END,
           round((random() * 10000)::numeric, 2),
           timestamp '2023-01-01' + i * interval '7 min 53 s',
           timestamp '2023-01-01' + random() * interval '1095 days',
           CASE WHEN random() > 0.004 THEN timestamp '2023-01-02' + i * interval '7 min 53 s' END,
           random() < 0.0025,
           'please leave it at the ' || md5(i::text)
    FROM generate_series(1, 200000) AS i;
INSERT INTO item
    SELECT i, 1 + i::bigint * 7919 % 200000, 1 + (random() * 9999)::int, 1 + (random() * 9)::int,
           round((random() * 500)::numeric, 2), md5(i::text)
    FROM generate_series(1, 300000) AS i;
VACUUM ANALYZE customer, product, orders, item;
