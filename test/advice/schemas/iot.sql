-- Measured values of devices: append-only, partitioned by month and not, and a queue of commands.
SELECT setseed(0.202);
CREATE TABLE device (
    device_id uuid PRIMARY KEY,
    serial varchar(30) NOT NULL,
    site_id smallint NOT NULL,
    address inet NOT NULL,
    firmware text NOT NULL,
    attributes jsonb NOT NULL,
    last_seen timestamptz
);
INSERT INTO device
SELECT md5('d' || n)::uuid, 'SN-' || lpad((n * 7919 % 50000)::text, 8, '0'), n % 200,
    '10.0.0.0'::inet + n, 'v' || n % 7,
    jsonb_build_object('vendor', 'v' || n % 40, 'room', n % 5000, 'tags', jsonb_build_array('t' || n % 3000, 'x' || n % 4)),
    CASE WHEN n % 250 <> 0 THEN '2026-02-01'::timestamptz - random() * interval '10 days' END
FROM generate_series(1, 50000) AS n;
-- in the order of time, as it is when values are appended
CREATE TABLE measurement (
    measured_at timestamptz NOT NULL,
    device_id uuid NOT NULL,
    channel smallint NOT NULL,
    value numeric(10, 3),
    quality smallint NOT NULL
);
INSERT INTO measurement
SELECT '2026-01-01'::timestamptz + n * interval '2 seconds', md5('d' || (1 + random() * 2999)::int)::uuid,
    (random() * 7)::int, round((random() * 1000)::numeric, 3), CASE WHEN random() < 0.002 THEN 3 ELSE 0 END
FROM generate_series(1, 1200000) AS n;
CREATE TABLE reading (
    reading_id bigint NOT NULL,
    meter_id int NOT NULL,
    read_on date NOT NULL,
    kwh double precision NOT NULL,
    PRIMARY KEY (reading_id, read_on)
) PARTITION BY RANGE (read_on);
CREATE TABLE reading_2025q1 PARTITION OF reading FOR VALUES FROM ('2025-01-01') TO ('2025-04-01');
CREATE TABLE reading_2025q2 PARTITION OF reading FOR VALUES FROM ('2025-04-01') TO ('2025-07-01');
CREATE TABLE reading_2025q3 PARTITION OF reading FOR VALUES FROM ('2025-07-01') TO ('2025-10-01');
CREATE TABLE reading_2025q4 PARTITION OF reading FOR VALUES FROM ('2025-10-01') TO ('2026-01-01');
INSERT INTO reading
SELECT n, (1 + random() * 8000)::int, '2025-01-01'::date + (n % 365)::int, random() * 100
FROM generate_series(1, 600000) AS n;
CREATE TABLE command (
    command_id bigserial PRIMARY KEY,
    device_id uuid NOT NULL,
    body bytea NOT NULL,
    digest bytea NOT NULL,
    issued_at timestamptz NOT NULL,
    acked_at timestamptz,
    attempts int NOT NULL
);
INSERT INTO command (device_id, body, digest, issued_at, acked_at, attempts)
SELECT md5('d' || (1 + random() * 49999)::int)::uuid, decode(md5(n::text), 'hex'), sha256(n::text::bytea),
    '2026-01-01'::timestamptz + n * interval '9 seconds',
    CASE WHEN n % 1000 <> 7 THEN '2026-01-01'::timestamptz + n * interval '9 seconds' + interval '1 minute' END,
    (random() * 3)::int
FROM generate_series(1, 300000) AS n;
VACUUM ANALYZE;
