-- Parcels on their way: uuid keys, scans in order of time, tariffs with ranges.
SELECT setseed(0.77);

CREATE TABLE depot (
    id smallint PRIMARY KEY,
    name text NOT NULL,
    region text NOT NULL
);
INSERT INTO depot SELECT i, 'Depot ' || i, 'region ' || i % 8 FROM generate_series(1, 80) i;

CREATE TABLE customer (
    id int PRIMARY KEY,
    name varchar(60) NOT NULL COLLATE "en-x-icu",
    vat_no varchar(20) NOT NULL,
    parent_id int,
    credit_limit numeric(12,2) NOT NULL
);
INSERT INTO customer
SELECT i, initcap(substr(md5(i::text), 1, 10)) || ' Ltd', 'VAT' || md5('v' || i)::varchar(12),
       CASE WHEN random() < 0.3 THEN 1 + (random() * 49999)::int END, (random() * 90000)::numeric(12,2)
FROM generate_series(1, 50000) i;

CREATE TABLE parcel (
    id uuid PRIMARY KEY,
    tracking varchar(20) NOT NULL,
    sender_id int NOT NULL REFERENCES customer,
    depot_id smallint NOT NULL REFERENCES depot,
    state text NOT NULL,
    weight numeric(8,3) NOT NULL,
    price int NOT NULL,
    created_at timestamptz NOT NULL,
    promised date NOT NULL,
    delivered_at timestamptz,
    insured boolean NOT NULL,
    tags text[] NOT NULL,
    attrs jsonb NOT NULL,
    remark text NOT NULL
);
INSERT INTO parcel
SELECT md5('p' || i)::uuid, 'TR' || lpad((i * 4447 % 9999991)::text, 10, '0'),
       1 + (random() * 49999)::int, 1 + (random() * 79)::int,
       CASE WHEN d < 0.94 THEN 'delivered' WHEN d < 0.97 THEN 'returned' WHEN d < 0.992 THEN 'transit'
            ELSE 'lost' END,
       (random() * 30)::numeric(8,3), 300 + (random() * 9000)::int, t, t::date + 2 + (random() * 3)::int,
       CASE WHEN d < 0.94 THEN t + random() * interval '6 days' END, random() < 0.01,
       ARRAY['t' || (random() * 250)::int, 'u' || (random() * 5)::int],
       jsonb_build_object('carrier', 'c' || (random() * 20)::int, 'ref', 'R' || (random() * 60000)::int),
       md5('x' || i) || ' ' || md5('y' || i % 5000)
FROM (SELECT i, random() AS d, timestamptz '2023-01-01' + i * interval '4 minutes' AS t
      FROM generate_series(1, 180000) i) AS made;

CREATE TABLE scan_event (
    id bigint PRIMARY KEY,
    parcel_id uuid NOT NULL,
    depot_id smallint NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    device int NOT NULL,
    minutes int NOT NULL
);
INSERT INTO scan_event
SELECT i, md5('p' || 1 + (random() * 179999)::int)::uuid, 1 + (random() * 79)::int,
       (ARRAY['in', 'out', 'load', 'damage'])[1 + least(3, (random() * 3.02)::int)],
       timestamptz '2023-01-01' + i * interval '100 seconds', (random() * 6000)::int, (random() * 60)::int
FROM generate_series(1, 420000) i;

CREATE TABLE tariff (
    id int PRIMARY KEY,
    zone text NOT NULL,
    valid daterange NOT NULL,
    weight numrange NOT NULL,
    price int NOT NULL
);
INSERT INTO tariff
SELECT i, 'zone ' || (random() * 150)::int, daterange(d, d + 1 + (random() * 20)::int),
       numrange((i % 30)::numeric, (i % 30 + 1)::numeric), 100 + i % 4000
FROM (SELECT i, date '2015-01-01' + (random() * 3500)::int AS d FROM generate_series(1, 60000) i) AS made;

CREATE TABLE leg (
    id bigint NOT NULL,
    day date NOT NULL,
    truck_id int NOT NULL,
    driver text NOT NULL,
    km int NOT NULL,
    PRIMARY KEY (id, day)
) PARTITION BY RANGE (day);
CREATE TABLE leg_q1 PARTITION OF leg FOR VALUES FROM ('2024-01-01') TO ('2024-04-01');
CREATE TABLE leg_q2 PARTITION OF leg FOR VALUES FROM ('2024-04-01') TO ('2024-07-01');
CREATE TABLE leg_q3 PARTITION OF leg FOR VALUES FROM ('2024-07-01') TO ('2024-10-01');
CREATE TABLE leg_q4 PARTITION OF leg FOR VALUES FROM ('2024-10-01') TO ('2025-01-01');
INSERT INTO leg
SELECT i, date '2024-01-01' + (random() * 365)::int, (random() * 4000)::int, 'driver ' || (random() * 900)::int,
       (random() * 700)::int
FROM generate_series(1, 260000) i;

VACUUM ANALYZE;
