-- a large table that grows at its end, ten minutes of it
-- schema: meter
-- run: 10
-- accept: event USING btree (at)
-- accept: event USING brin (at)

-- workload
\set from 1735689600 + random(1, 130000) * 60
SELECT * FROM event WHERE at >= to_timestamp(:from) AND at < to_timestamp(:from + 600);
