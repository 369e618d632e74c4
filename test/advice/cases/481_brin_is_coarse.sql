-- A BRIN index reads some ten thousand rows for some hundred.
-- schema: freight
-- run: 60
-- accept: scan_event USING btree (at)

-- setup
CREATE INDEX ON scan_event USING brin (at);
-- workload
\set d random(0, 480)
SELECT count(*), max(minutes) FROM scan_event WHERE at >= timestamptz '2023-01-01' + :d * interval '1 day'
  AND at < timestamptz '2023-01-01 06:00' + :d * interval '1 day';
