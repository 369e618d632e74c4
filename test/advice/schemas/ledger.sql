-- Bookkeeping: entries and their postings, composite keys, currencies, periods.
SELECT setseed(0.205);
CREATE TABLE gl_account (
    company int NOT NULL, number varchar(10) NOT NULL, caption text NOT NULL, kind char(1) NOT NULL,
    PRIMARY KEY (company, number)
);
INSERT INTO gl_account
SELECT c, (1000 + n)::text, 'Account ' || n, substr('ALEIC', 1 + n % 5, 1)
FROM generate_series(1, 10) AS c, generate_series(1, 500) AS n;
CREATE TABLE entry (
    entry_id bigint PRIMARY KEY,
    company int NOT NULL,
    period int NOT NULL,
    posted_at timestamptz NOT NULL,
    document_no varchar(20) NOT NULL,
    reversed_by bigint,
    source_system varchar(10) NOT NULL,
    description text NOT NULL
);
INSERT INTO entry
SELECT n, 1 + n % 10, 202401 + (n % 24) % 12 + (n % 24) / 12 * 100,
    '2024-01-01'::timestamptz + random() * interval '700 days', 'DOC/' || n % 24 || '/' || n,
    CASE WHEN n % 700 = 0 THEN n + 1 END, (ARRAY['sap', 'bank', 'shop', 'manual'])[1 + n % 4],
    'Entry about ' || md5((n % 5000)::text)
FROM generate_series(1, 200000) AS n;
CREATE TABLE posting (
    posting_id bigint PRIMARY KEY,
    entry_id bigint NOT NULL,
    company int NOT NULL,
    account_no varchar(10) NOT NULL,
    amount numeric(14, 2) NOT NULL,
    currency char(3) NOT NULL,
    due_on date,
    cleared boolean NOT NULL,
    tax_code varchar(4)
);
INSERT INTO posting
SELECT n, 1 + (n * 7919::bigint) % 200000, 1 + n % 10, (1001 + (random() * 499)::int)::text,
    round((random() * 10000 - 5000)::numeric, 2), CASE WHEN random() < 0.001 THEN 'CHF' WHEN random() < 0.3 THEN 'USD' ELSE 'EUR' END,
    CASE WHEN n % 3 = 0 THEN '2024-01-01'::date + (random() * 900)::int END, random() > 0.004,
    CASE WHEN n % 4 = 0 THEN 'V' || n % 20 END
FROM generate_series(1, 800000) AS n;
CREATE TABLE bank_line (
    line_id uuid PRIMARY KEY, iban varchar(34) NOT NULL, booked_on date NOT NULL,
    amount numeric(14, 2) NOT NULL, purpose text NOT NULL, matched_entry bigint
);
INSERT INTO bank_line
SELECT md5('b' || n)::uuid, 'DE' || lpad((n * 31 % 40000)::text, 20, '0'), '2024-01-01'::date + (random() * 700)::int,
    round((random() * 4000)::numeric, 2), 'Payment invoice ' || (random() * 1000000)::int || ' customer ' || md5((n % 90)::text),
    CASE WHEN n % 200 <> 0 THEN n END
FROM generate_series(1, 150000) AS n;
CREATE TABLE exchange_rate (currency char(3), valid_on date, rate numeric(12, 6), PRIMARY KEY (currency, valid_on));
INSERT INTO exchange_rate SELECT c, '2024-01-01'::date + d, 1 + random() FROM unnest(ARRAY['USD', 'CHF', 'GBP']) AS c, generate_series(0, 729) AS d;
VACUUM ANALYZE;
