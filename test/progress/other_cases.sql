-- More statements for run.sh, of other kinds than those of cases.sql, as one meets
-- them in the jobs of others.
-- case: insert_late
-- setup
CREATE TABLE IF NOT EXISTS late (LIKE event, PRIMARY KEY (id));
CREATE INDEX IF NOT EXISTS late_1 ON late (account_id);
TRUNCATE late;
-- run
INSERT INTO late SELECT * FROM event WHERE at >= TIMESTAMP '2023-01-01' + INTERVAL '300 days';
-- case: insert_wide_late
-- setup
CREATE TABLE IF NOT EXISTS wide (LIKE event);
TRUNCATE wide;
-- run
INSERT INTO wide SELECT id, at, kind, account_id, price, detail || md5(detail) FROM event;
-- case: join_skewed
SET max_parallel_workers_per_gather = 0;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SELECT count(*), max(md5(md5(a.name || e.amount))) FROM account a
    JOIN entry e ON e.account_id = a.id;
-- case: update_trigger
-- setup
DROP TABLE IF EXISTS changed;
CREATE TABLE changed AS SELECT * FROM event WHERE id % 10 = 0;
CREATE INDEX ON changed (price);
CREATE TRIGGER noted BEFORE UPDATE ON changed FOR EACH ROW EXECUTE FUNCTION note_change();
ANALYZE changed;
-- run
UPDATE changed SET price = price + 1;
-- case: delete_cascade
-- setup
DROP TABLE IF EXISTS line, bill;
CREATE TABLE bill AS SELECT id, account_id FROM event WHERE id <= 300000;
ALTER TABLE bill ADD PRIMARY KEY (id);
CREATE TABLE line AS SELECT b.id AS bill_id, n, md5(n::text) AS text
    FROM bill b, generate_series(1, 8) AS n;
ALTER TABLE line ADD FOREIGN KEY (bill_id) REFERENCES bill ON DELETE CASCADE;
CREATE INDEX ON line (bill_id);
ANALYZE bill, line;
-- run
DELETE FROM bill WHERE id % 5 <> 0;
-- case: ctas_window
CREATE TEMP TABLE ranked AS SELECT id, account_id, price,
    rank() OVER (PARTITION BY account_id ORDER BY price DESC) AS place,
    sum(price) OVER (PARTITION BY account_id ORDER BY at) AS total FROM event WHERE id % 2 = 0;
-- case: refresh_median
REFRESH MATERIALIZED VIEW price_by_account;
-- case: copy_slow_client
-- setup
CREATE TABLE IF NOT EXISTS received (id int, a int, b text);
TRUNCATE received;
-- run
\copy received FROM PROGRAM 'awk ''BEGIN { for (i = 1; i <= 60000; i++) { print i "\t" i % 7 "\tsome text " i; if (i % 1000 == 0) { fflush(); system("sleep 0.1") } } }'''
-- case: copy_out
COPY (SELECT id, at, account_id, price, md5(detail) FROM event) TO '/dev/null';
-- case: copy_out_table
\copy event TO '/dev/null'
-- case: merge
-- setup
DROP TABLE IF EXISTS stock;
CREATE TABLE stock AS SELECT id, account_id, price FROM event WHERE id % 6 = 0;
ALTER TABLE stock ADD PRIMARY KEY (id);
ANALYZE stock;
-- run
MERGE INTO stock t USING (SELECT id, account_id, price FROM event WHERE id % 4 = 0) s ON t.id = s.id
    WHEN MATCHED THEN UPDATE SET price = s.price + 1
    WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.account_id, s.price);
-- case: upsert
-- setup
DROP TABLE IF EXISTS latest;
CREATE TABLE latest AS SELECT id, account_id, price FROM event WHERE id <= 500000;
ALTER TABLE latest ADD PRIMARY KEY (id);
ANALYZE latest;
-- run
INSERT INTO latest SELECT id, account_id, price FROM event WHERE id <= 1000000
    ON CONFLICT (id) DO UPDATE SET price = excluded.price;
-- case: partition_group
SET max_parallel_workers_per_gather = 0;
SELECT count(*), max(m) FROM (SELECT account_id, max(md5(detail || price)) AS m, sum(price)
    FROM measured GROUP BY 1) AS s;
-- case: sort_distinct
SET max_parallel_workers_per_gather = 0;
SET enable_hashagg = off;
SELECT count(*) FROM (SELECT DISTINCT md5(detail) AS d, account_id FROM event) AS s;
-- case: recursive
SET max_parallel_workers_per_gather = 0;
WITH RECURSIVE down AS (
    SELECT id, parent_id, 1 AS level, name FROM part WHERE parent_id BETWEEN 1 AND 5
    UNION ALL
    SELECT p.id, p.parent_id, level + 1, md5(down.name || p.name) FROM down
        JOIN part p ON p.parent_id = down.id)
SELECT level, count(*), max(name) FROM down GROUP BY 1;
-- case: counter
WITH RECURSIVE n AS (SELECT 1 AS i, md5('1') AS h
    UNION ALL SELECT i + 1, md5(h) FROM n WHERE i < 2000000)
SELECT max(i), max(h) FROM n;
-- case: plpgsql_loop
-- setup
CREATE TABLE IF NOT EXISTS settled (id int, account_id int, price numeric);
TRUNCATE settled;
-- run
SELECT settle(1200000);
-- case: do_loop
-- setup
CREATE TABLE IF NOT EXISTS settled (id int, account_id int, price numeric);
TRUNCATE settled;
-- run
DO $$
DECLARE r record;
BEGIN
    FOR r IN SELECT id, account_id, price FROM event ORDER BY account_id, id LIMIT 800000 LOOP
        INSERT INTO settled VALUES (r.id, r.account_id, r.price);
    END LOOP;
END $$;
-- case: index_wide
-- setup
DROP INDEX IF EXISTS event_wide;
-- run
SET max_parallel_maintenance_workers = 0;
CREATE INDEX event_wide ON event (account_id, at, kind);
-- case: vacuum
-- setup
DROP TABLE IF EXISTS worn;
CREATE TABLE worn AS SELECT * FROM event;
CREATE INDEX ON worn (id);
CREATE INDEX ON worn (account_id);
CREATE INDEX ON worn (price);
DELETE FROM worn WHERE id % 3 = 0;
-- run
VACUUM worn;
-- case: limit_early
SET max_parallel_workers_per_gather = 0;
SELECT count(*) FROM (SELECT id FROM event
    WHERE md5(md5(md5(md5(md5(md5(detail)))))) < '8' LIMIT 800000) AS s;
-- case: hash_spilling
SET max_parallel_workers_per_gather = 0;
SET work_mem = '2MB';
SELECT count(*), max(a.detail || b.detail) FROM event a
    JOIN event b ON b.id = a.id + (a.account_id % 3);
-- case: union_all
SET max_parallel_workers_per_gather = 0;
SELECT count(*), max(h) FROM (SELECT md5(detail) AS h FROM event
    UNION ALL SELECT md5(md5(md5(note || id))) FROM sale WHERE id % 2 = 0
    UNION ALL SELECT md5(name) FROM part) AS s;
-- case: fetch_slow_client
\copy (SELECT id, account_id, price, detail FROM event WHERE id BETWEEN 2500000 AND 2900000) TO PROGRAM 'while IFS= read -r line && dd bs=1M count=1 of=/dev/null iflag=fullblock 2>/dev/null; do sleep 0.1; done'
-- case: vacuum_wide
-- setup
DROP TABLE IF EXISTS broad;
CREATE TABLE broad AS SELECT id, account_id, repeat(md5(id::text), 30) AS text FROM event
    WHERE id % 10 = 0;
CREATE INDEX ON broad (account_id);
DELETE FROM broad WHERE id % 50 = 0;
-- run
VACUUM broad;
-- case: vacuum_small_memory
-- setup
DROP TABLE IF EXISTS worn;
CREATE TABLE worn AS SELECT id, account_id FROM event;
CREATE INDEX ON worn (account_id);
DELETE FROM worn WHERE id % 10 = 0;
-- run
SET maintenance_work_mem = '1MB';
VACUUM worn;
-- case: vacuum_full
-- setup
DROP TABLE IF EXISTS worn;
CREATE TABLE worn AS SELECT id, account_id, price FROM event;
CREATE INDEX ON worn (account_id);
CREATE INDEX ON worn (price);
-- run
VACUUM FULL worn;
-- case: reindex_table
-- setup
DROP TABLE IF EXISTS worn;
CREATE TABLE worn AS SELECT id, account_id, price FROM event;
CREATE INDEX ON worn (id);
CREATE INDEX ON worn (account_id);
CREATE INDEX ON worn (price);
-- run
REINDEX TABLE worn;
-- case: index_concurrently
-- setup
DROP INDEX IF EXISTS event_wide;
-- run
CREATE INDEX CONCURRENTLY event_wide ON event (account_id);
-- case: index_brin
-- setup
DROP INDEX IF EXISTS event_brin;
-- run
CREATE INDEX event_brin ON event USING brin (md5(md5(md5(detail))));
-- case: analyze_much
SET default_statistics_target = 2000;
ANALYZE event;
