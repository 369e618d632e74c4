-- A log with many writes and a query that is cheap.
-- schema: clinic
-- run: 30
-- none: writes cost more than the query would save
-- obvious: access_log USING btree (patient_id)

-- setup
CREATE SEQUENCE access_seq;
-- workload
INSERT INTO access_log SELECT 100000 + nextval('access_seq'), (random() * 79999)::int, 'user' || i, now()
FROM generate_series(1, 12000) i;
DELETE FROM access_log WHERE id > 100000;
SELECT count(*) FROM (SELECT 1 FROM access_log WHERE patient_id = 17) AS found;

