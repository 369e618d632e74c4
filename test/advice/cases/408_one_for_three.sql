-- Three statements, one index that serves them all.
-- schema: freight
-- run: 10
-- accept: scan_event USING btree (device, at)

-- workload
\set d random(1, 5999)
\set m random(0, 15)
SELECT count(*), max(minutes) FROM scan_event WHERE device = :d;
SELECT id, kind FROM scan_event WHERE device = :d ORDER BY at DESC LIMIT 5;
SELECT id, kind FROM scan_event WHERE device = :d AND at >= timestamptz '2023-01-01' + :m * interval '1 month'
  AND at < timestamptz '2023-02-01' + :m * interval '1 month';
