-- A ledger: 200,000 transfers between 40,000 accounts, and its two small tables.
CREATE TABLE account (
    id int PRIMARY KEY,
    iban text NOT NULL UNIQUE,
    branch_id int NOT NULL,
    balance numeric(12, 2) NOT NULL
);
CREATE TABLE transfer (
    id int PRIMARY KEY,
    from_account int NOT NULL,
    to_account int NOT NULL,
    amount numeric(12, 2) NOT NULL,
    booked_at timestamptz NOT NULL,
    reviewed_by int,                -- NULL in 5 %
    purpose text NOT NULL
);
CREATE TABLE setting (
    name text NOT NULL,
    value text NOT NULL
);
CREATE TABLE branch (
    id int PRIMARY KEY,
    code text NOT NULL,
    city text NOT NULL
);

SELECT setseed(0.5);
INSERT INTO account
    SELECT i, 'DE' || md5(i::text), 1 + i % 300, 1000 FROM generate_series(1, 40000) AS i;
INSERT INTO transfer
    SELECT i, 1 + (random() * 39999)::int, 1 + (random() * 39999)::int,
           round((random() * 100000)::numeric, 2),
           timestamptz '2025-01-01 00:00+00' + i * interval '1 min',
           CASE WHEN random() > 0.05 THEN 1 + (random() * 20)::int END,
           'purpose ' || md5(i::text) || md5((i + 1)::text)
    FROM generate_series(1, 200000) AS i;
INSERT INTO setting SELECT 'setting' || i, md5(i::text) FROM generate_series(1, 40) AS i;
INSERT INTO branch SELECT i, 'B' || i, 'city' || i % 30 FROM generate_series(1, 300) AS i;
VACUUM ANALYZE account, transfer, setting, branch;
