-- Measurements: a large table that only grows, and one partitioned by month.
CREATE TABLE event (
    id bigint PRIMARY KEY,
    at timestamptz NOT NULL,        -- as the rows came in
    host_id int NOT NULL,
    level int NOT NULL,
    size int NOT NULL,
    message text NOT NULL
);
CREATE TABLE reading (
    id bigint NOT NULL,
    sensor_id int NOT NULL,         -- 20
    serial int NOT NULL,            -- 20,000
    at timestamptz NOT NULL,
    value float8 NOT NULL,
    quality int NOT NULL,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
SELECT format('CREATE TABLE reading_%s PARTITION OF reading FOR VALUES FROM (%L) TO (%L)',
              to_char(m, 'YYYY_MM'), m, m + interval '1 month')
FROM generate_series(timestamp '2025-01-01', timestamp '2025-06-01', interval '1 month') AS m \gexec

SELECT setseed(0.5);
INSERT INTO event
    SELECT i, timestamptz '2025-01-01 00:00+00' + i * interval '10 s' + random() * interval '5 s',
           1 + (random() * 499)::int, 1 + (random() * 5)::int, (random() * 100000)::int,
           'message ' || md5(i::text)
    FROM generate_series(1, 800000) AS i;
INSERT INTO reading
    SELECT i, 1 + (random() * 19)::int, 1 + (random() * 19999)::int,
           timestamptz '2025-01-01 00:00+00' + i * interval '64 s', random(), (random() * 9)::int
    FROM generate_series(1, 200000) AS i;
VACUUM ANALYZE event, reading;
