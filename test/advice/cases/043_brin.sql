-- a large table that grows at its end, read by days: BRIN is as fast as btree, a thousandth of
-- its size, and inserts hardly notice it
-- schema: meter
-- run: 20
-- accept: event USING brin (at)

-- workload
\set from 1735689600 + random(1, 80) * 86400
INSERT INTO event
    SELECT n, to_timestamp(1735689600) + n * interval '10 s', 1, 1, 1, 'message ' || md5(n::text)
    FROM (SELECT max(id) AS last FROM event) AS e, generate_series(last + 1, last + 500) AS n;
SELECT count(*), sum(size), min(message) FROM event
WHERE at >= to_timestamp(:from) AND at < to_timestamp(:from + 4 * 86400);
