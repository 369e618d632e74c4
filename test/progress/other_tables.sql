-- What the statements of other_cases.sql work on: loaded in the order of time, most
-- of what is asked for at its end, and of uneven shares.

SET perfext.enabled = off;
CREATE TABLE event AS
SELECT i AS id, TIMESTAMP '2023-01-01' + i * INTERVAL '10 s' AS at,
    CASE WHEN i < :scale * 1.1 THEN 'trial' ELSE 'sale' END AS kind,
    1 + (hashint4(i) & 2147483647) % 20000 AS account_id,
    ((hashint4(i + 7) & 2147483647) % 10000) / 100.0 AS price,
    CASE WHEN i < :scale * 2 / 3 THEN 'short' ELSE repeat(md5(i::text), 4) END AS detail
FROM generate_series(1, :scale * 4 / 3) AS i;
ALTER TABLE event ADD PRIMARY KEY (id);
-- the last accounts have nearly all of the entries
CREATE TABLE account AS
SELECT i AS id, 'account ' || i AS name, i % 7 AS tier FROM generate_series(1, 20000) AS i;
ALTER TABLE account ADD PRIMARY KEY (id);
CREATE TABLE entry AS
SELECT i AS id, 20001 - ceil(20000 * power(random(), 6))::int AS account_id, i % 500 AS amount
FROM generate_series(1, :scale * 2 / 3) AS i;
CREATE INDEX entry_account ON entry (account_id);
CREATE TABLE measured (id int, at timestamp, account_id int, price numeric, detail text)
    PARTITION BY RANGE (at);
SELECT format('CREATE TABLE measured_%s PARTITION OF measured FOR VALUES FROM (%L) TO (%L)',
    n, TIMESTAMP '2023-01-01' + n * INTERVAL '40 days',
    TIMESTAMP '2023-01-01' + (n + 1) * INTERVAL '40 days')
FROM generate_series(0, 11) AS n \gexec
CREATE TABLE measured_rest PARTITION OF measured DEFAULT;
INSERT INTO measured SELECT id, at, account_id, price, detail FROM event;
-- a tree of ten children each, and its way down
CREATE TABLE part AS
SELECT i AS id, i / 10 AS parent_id, md5(i::text) AS name FROM generate_series(1, :scale) AS i;
CREATE INDEX part_parent ON part (parent_id);
CREATE MATERIALIZED VIEW price_by_account AS
SELECT account_id, kind, percentile_cont(0.5) WITHIN GROUP (ORDER BY price) AS median,
    count(DISTINCT at::date) AS days
FROM event GROUP BY 1, 2 WITH NO DATA;

CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.detail := left(md5(NEW.detail || OLD.price), 20);
    RETURN NEW;
END $$;
-- a loop over rows, as somebody's nightly function has it
CREATE FUNCTION settle(rows int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    r record;
    n int := 0;
BEGIN
    FOR r IN SELECT * FROM event WHERE id <= rows LOOP
        IF r.price > 20 THEN
            INSERT INTO settled VALUES (r.id, r.account_id, r.price * 1.2);
            n := n + 1;
        END IF;
    END LOOP;
    RETURN n;
END $$;
VACUUM ANALYZE;
