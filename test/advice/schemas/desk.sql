-- A help desk of many tenants, and a queue of jobs: 200,000 tickets, 200,000 jobs.
CREATE TABLE ticket (
    id int PRIMARY KEY,
    tenant_id int NOT NULL,         -- 2,000
    assignee_id int NOT NULL,       -- 200
    category_id int NOT NULL,       -- 100
    priority int NOT NULL,          -- 1 to 5
    parent_id int,                  -- NULL in three of four
    opened_at timestamptz NOT NULL, -- in no order
    closed_at timestamptz,          -- NULL in one of 100
    archived boolean NOT NULL,      -- half
    subject text NOT NULL,
    body text NOT NULL
);
CREATE TABLE job (
    id int PRIMARY KEY,
    reference text NOT NULL,
    state text NOT NULL,            -- 'finished' but for one in 250
    run_at timestamptz NOT NULL,
    attempts int NOT NULL,
    payload text NOT NULL
);

SELECT setseed(0.5);
INSERT INTO ticket
    SELECT i, 1 + (random() * 1999)::int, 1 + (random() * 199)::int, 1 + (random() * 99)::int,
           1 + (random() * 4)::int, CASE WHEN i > 1000 AND i % 4 = 0 THEN 1 + (random() * 0.99 * i)::int END,
           timestamptz '2024-01-01 00:00+00' + random() * interval '500 days',
           CASE WHEN random() > 0.01
               THEN timestamptz '2024-01-03 00:00+00' + random() * interval '500 days' END,
           random() < 0.5, 'about ' || md5(i::text), repeat(md5((i + 1)::text), 3)
    FROM generate_series(1, 200000) AS i;
INSERT INTO job
    SELECT i, 'ref-' || md5(i::text),
           CASE WHEN i % 250 > 0 THEN 'finished' WHEN i % 500 = 0 THEN 'pending' ELSE 'failed' END,
           timestamptz '2025-01-01 00:00+00' + random() * interval '90 days', 1, repeat(md5(i::text), 3)
    FROM generate_series(1, 200000) AS i;
VACUUM ANALYZE ticket, job;
GRANT SELECT, UPDATE ON ticket, job TO advice_app;
