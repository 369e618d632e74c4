-- What the statements of cases.sql work on, and the other session that looks at them.

CREATE EXTENSION perfext;
SET perfext.enabled = off;
CREATE TABLE customer AS
SELECT i AS id, 'customer ' || i AS name, i % 50 AS region, md5(i::text) AS code
FROM generate_series(1, :scale / 20) AS i;
ALTER TABLE customer ADD PRIMARY KEY (id);
CREATE TABLE product AS
SELECT i AS id, 'product ' || i AS name, i % 30 AS kind FROM generate_series(1, 5000) AS i;
ALTER TABLE product ADD PRIMARY KEY (id);
-- skewed: the planner knows, but not together with others
CREATE TABLE sale AS
SELECT i AS id, 1 + (hashint4(i) & 2147483647) % (:scale / 20) AS customer_id,
    1 + (hashint4(i + 1) & 2147483647) % 5000 AS product_id,
    (hashint4(i + 2) & 2147483647) % 1000 AS amount, DATE '2020-01-01' + i % 1500 AS day,
    repeat('x', 60) AS note
FROM generate_series(1, :scale) AS i;
ALTER TABLE sale ADD PRIMARY KEY (id);
CREATE INDEX sale_customer ON sale (customer_id);
-- two columns that mean the same: their conditions are misestimated
CREATE TABLE twin AS
SELECT i AS id, i % 1000 AS a, i % 1000 AS b, i % 1000 AS c, (hashint4(i) & 65535) AS r
FROM generate_series(1, :scale / 3) AS i;
CREATE INDEX twin_a ON twin (a);
CREATE MATERIALIZED VIEW sums_by_customer AS
SELECT customer_id, count(*) AS sales, sum(amount) AS amount,
    string_agg(DISTINCT note, ',') AS notes FROM sale GROUP BY 1 WITH NO DATA;
VACUUM ANALYZE;

CREATE TABLE run (name text, n int, pid int, started timestamptz, ended timestamptz);
CREATE TABLE sample (name text, n int, at timestamptz, remaining float8, low float8,
    high float8, server_share float8);

CREATE PROCEDURE begun(text, int) LANGUAGE sql AS $$
    INSERT INTO run VALUES ($1, $2, pg_backend_pid(), clock_timestamp());
$$;
CREATE PROCEDURE ended(text, int) LANGUAGE sql AS $$
    UPDATE run SET ended = clock_timestamp() WHERE name = $1 AND n = $2;
$$;

-- What the server's own views say of a process, as a share
CREATE FUNCTION server_share(int) RETURNS float8 LANGUAGE sql AS $$
    SELECT bytes_processed::float8 / nullif(bytes_total, 0)
    FROM pg_stat_progress_copy WHERE pid = $1
    UNION ALL
    SELECT blocks_done::float8 / nullif(blocks_total, 0)
    FROM pg_stat_progress_create_index WHERE pid = $1
    UNION ALL
    SELECT heap_blks_scanned::float8 / nullif(heap_blks_total, 0)
    FROM pg_stat_progress_vacuum WHERE pid = $1
    UNION ALL
    SELECT heap_blks_scanned::float8 / nullif(heap_blks_total, 0)
    FROM pg_stat_progress_cluster WHERE pid = $1
    LIMIT 1;
$$;

CREATE PROCEDURE sampler(name text, n int) LANGUAGE plpgsql AS $$
DECLARE
    runner int;
    over timestamptz;
BEGIN
    PERFORM set_config('perfext.enabled', 'off', false);
    FOR i IN 1 .. 50 LOOP
        SELECT r.pid INTO runner FROM run AS r WHERE r.name = $1 AND r.n = $2;
        EXIT WHEN runner IS NOT NULL;
        PERFORM pg_sleep(0.1);
    END LOOP;
    LOOP
        PERFORM pg_stat_clear_snapshot();
        INSERT INTO sample
        SELECT $1, $2, clock_timestamp(), p.remaining_time, p.remaining_time_low,
            p.remaining_time_high, server_share(runner)
        FROM (SELECT 1) AS one
        LEFT JOIN perfext.progress AS p ON p.pid = runner AND NOT p.nested;
        COMMIT;
        SELECT r.ended INTO over FROM run AS r WHERE r.name = $1 AND r.n = $2;
        EXIT WHEN over IS NOT NULL
            OR NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = runner);
        PERFORM pg_sleep(0.2);
    END LOOP;
END
$$;

-- The sample next to a moment of each run, and how wrong it was
CREATE VIEW moment AS
SELECT r.name, r.n, share, extract(epoch FROM r.ended - r.started) AS seconds, s.*,
    (predicted - truth) / truth AS error,
    truth BETWEEN low / 1000 AND high / 1000 AS inside,
    (elapsed * (1 - server_share) / nullif(server_share, 0) - truth) / truth AS server_error
FROM run AS r
CROSS JOIN (VALUES (0.25), (0.5)) AS shares (share)
LEFT JOIN LATERAL (
    SELECT extract(epoch FROM r.ended - s.at)::float8 AS truth, s.remaining / 1000 AS predicted,
        extract(epoch FROM s.at - r.started)::float8 AS elapsed, s.low, s.high, s.server_share
    FROM sample AS s
    WHERE s.name = r.name AND s.n = r.n AND s.at < r.ended
    ORDER BY abs(extract(epoch FROM s.at - r.started) -
        share * extract(epoch FROM r.ended - r.started))
    LIMIT 1) AS s ON true;

CREATE VIEW lines AS
SELECT name, n, format('%-24s %s %6s s  %7s %7s   %7s %7s', name, n, round(max(seconds), 1),
    max(said) FILTER (WHERE share = 0.25), max(said) FILTER (WHERE share = 0.5),
    max(round((server_error * 100)::numeric)) FILTER (WHERE share = 0.25),
    max(round((server_error * 100)::numeric)) FILTER (WHERE share = 0.5)) AS line
FROM (SELECT *, coalesce(to_char(error * 100, 'SG9990') ||
          CASE WHEN inside THEN ' ' ELSE '*' END, '-') AS said
      FROM moment) AS m
GROUP BY name, n;

CREATE VIEW sums AS
SELECT format('%s after %s %%: %s of %s predicted, median error %s %%, inside %s %%; '
        'server''s views: %s predicted, median error %s %%',
    CASE n WHEN 1 THEN 'first runs' WHEN 2 THEN 'repeated' ELSE 'all runs' END, share * 100,
    count(error), count(*),
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(error)) * 100)::numeric),
    round(avg(inside::int) * 100), count(server_error),
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(server_error)) * 100)::numeric))
    AS line
FROM moment
GROUP BY GROUPING SETS ((n, share), (share))
ORDER BY n, share;
