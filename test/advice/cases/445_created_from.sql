-- A table made of a few rows of another.
-- schema: freight
-- run: 10
-- accept: scan_event USING btree (device)
-- accept: scan_event USING hash (device)

-- workload
\set d random(1, 5999)
CREATE TABLE picked AS SELECT * FROM scan_event WHERE device = :d;
DROP TABLE picked;
