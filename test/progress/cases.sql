-- Statements for run.sh.  Each is a case with, perhaps, a setup that is not looked at.
-- case: scan
SET max_parallel_workers_per_gather = 0;
SELECT count(*) FROM sale WHERE md5(note || id) < '8';
-- case: scan_parallel
SELECT count(*), sum(length(md5(md5(note || id)))) FROM sale;
-- case: scan_filter_uneven
SET max_parallel_workers_per_gather = 0;
SELECT count(*) FROM sale WHERE CASE WHEN id > (SELECT max(id) / 2 FROM sale)
    THEN md5(md5(md5(note || id))) ELSE md5(id::text) END < '8';
-- case: hash_join
SET max_parallel_workers_per_gather = 0;
SELECT count(*), max(c.name || p.name) FROM sale s JOIN customer c ON c.id = s.customer_id
    JOIN product p ON p.id = s.product_id;
-- case: hash_join_spilling
SET max_parallel_workers_per_gather = 0;
SET work_mem = '1MB';
SELECT count(*), max(a.note || b.note) FROM sale a JOIN sale b ON b.id = a.id + 1;
-- case: merge_join
SET max_parallel_workers_per_gather = 0;
SET enable_hashjoin = off;
SELECT count(*), max(a.note || b.note) FROM sale a JOIN sale b ON b.id = a.amount + a.product_id;
-- case: sort
SET max_parallel_workers_per_gather = 0;
SELECT max(x) FROM (SELECT note || id AS x, row_number() OVER (ORDER BY note, amount, id) AS n
    FROM sale) AS s WHERE n % 7 = 0;
-- case: sort_text
SET max_parallel_workers_per_gather = 0;
SELECT count(*) FROM (SELECT md5(id::text) AS x FROM sale ORDER BY 1 OFFSET 100) AS s;
-- case: group_hash
SET max_parallel_workers_per_gather = 0;
SELECT count(*), max(a) FROM (SELECT customer_id, sum(amount) AS a, max(note || id) AS m
    FROM sale GROUP BY 1) AS s;
-- case: group_sort
SET max_parallel_workers_per_gather = 0;
SELECT max(d) FROM (SELECT product_id, count(DISTINCT customer_id) AS d FROM sale GROUP BY 1) AS s;
-- case: group_parallel
SELECT day, count(*), max(md5(note || id)) FROM sale GROUP BY 1 ORDER BY 2 LIMIT 5;
-- case: nested_loop
SET max_parallel_workers_per_gather = 0;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SELECT sum(s.amount) FROM customer c JOIN sale s ON s.customer_id = c.id WHERE c.region < 45;
-- case: nested_loop_misestimated
SET max_parallel_workers_per_gather = 0;
SELECT count(*), sum(length(md5(s.note || t.id))) FROM twin t
    JOIN sale s ON s.customer_id = 1 + t.id % 1000
    WHERE t.a % 7 = 1 AND t.b % 7 = 1 AND t.c % 7 = 1;
-- case: index_scan_misestimated
SET max_parallel_workers_per_gather = 0;
SELECT count(*), max(md5(md5(md5(md5(r::text))))) FROM twin
    WHERE a < 900 AND b < 900 AND c < 900 AND a + b + c < 3000;
-- case: correlated
SET max_parallel_workers_per_gather = 0;
SELECT count(*) FROM customer c WHERE (SELECT max(amount) FROM sale s
    WHERE s.customer_id = c.id) > 990;
-- case: cte
SET max_parallel_workers_per_gather = 0;
WITH s AS MATERIALIZED (SELECT customer_id, sum(amount) AS a FROM sale GROUP BY 1)
SELECT count(*), sum(s.a) FROM s JOIN sale x ON x.customer_id = s.customer_id;
-- case: function
-- setup
CREATE OR REPLACE FUNCTION slowly() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN RETURN (SELECT sum(length(md5(note || id))) FROM sale); END $$;
-- run
SET max_parallel_workers_per_gather = 0;
SELECT slowly();
-- case: insert_select
-- setup
CREATE TABLE IF NOT EXISTS inserted (LIKE sale);
TRUNCATE inserted;
-- run
INSERT INTO inserted SELECT * FROM sale;
-- case: insert_indexed
-- setup
CREATE TABLE IF NOT EXISTS indexed (LIKE sale);
CREATE INDEX IF NOT EXISTS indexed_1 ON indexed (customer_id, amount);
CREATE INDEX IF NOT EXISTS indexed_2 ON indexed (md5(id::text));
TRUNCATE indexed;
-- run
INSERT INTO indexed SELECT * FROM sale WHERE id % 6 = 0;
-- case: insert_fk
-- setup
CREATE TABLE IF NOT EXISTS checked (LIKE sale, FOREIGN KEY (customer_id) REFERENCES customer,
    FOREIGN KEY (product_id) REFERENCES product);
TRUNCATE checked;
-- run
INSERT INTO checked SELECT * FROM sale WHERE id % 10 = 0;
-- case: update_all
-- setup
CREATE TABLE IF NOT EXISTS updated (LIKE sale, PRIMARY KEY (id));
CREATE INDEX IF NOT EXISTS updated_1 ON updated (amount);
TRUNCATE updated;
INSERT INTO updated SELECT * FROM sale WHERE id % 4 = 0;
-- run
UPDATE updated SET amount = amount + 1;
-- case: update_join
-- setup
CREATE TABLE IF NOT EXISTS joined (LIKE sale);
TRUNCATE joined;
INSERT INTO joined SELECT * FROM sale WHERE id % 3 = 0;
ANALYZE joined;
-- run
UPDATE joined SET note = c.name FROM customer c WHERE c.id = joined.customer_id;
-- case: delete_fk
-- setup
CREATE TABLE IF NOT EXISTS parent (id int PRIMARY KEY, note text);
CREATE TABLE IF NOT EXISTS child (id int REFERENCES parent);
CREATE INDEX IF NOT EXISTS child_1 ON child (id);
TRUNCATE parent, child;
INSERT INTO parent SELECT id, note FROM sale WHERE id % 12 = 0;
-- run
DELETE FROM parent;
-- case: delete_some
-- setup
CREATE TABLE IF NOT EXISTS deleted (LIKE sale);
TRUNCATE deleted;
INSERT INTO deleted SELECT * FROM sale;
-- run
DELETE FROM deleted WHERE md5(id::text) < '8';
-- case: create_table_as
CREATE TEMP TABLE made AS SELECT s.*, c.name, md5(s.note) FROM sale s
    JOIN customer c ON c.id = s.customer_id;
-- case: refresh
REFRESH MATERIALIZED VIEW sums_by_customer;
-- case: copy
-- setup
COPY (SELECT * FROM sale) TO '@FOLDER@/sale';
CREATE TABLE IF NOT EXISTS copied (LIKE sale);
TRUNCATE copied;
-- run
COPY copied FROM '@FOLDER@/sale';
-- case: copy_indexed
-- setup
COPY (SELECT * FROM sale WHERE id % 5 = 0) TO '@FOLDER@/sale';
CREATE TABLE IF NOT EXISTS copied_indexed (LIKE sale);
CREATE INDEX IF NOT EXISTS copied_indexed_1 ON copied_indexed (customer_id, amount);
CREATE INDEX IF NOT EXISTS copied_indexed_2 ON copied_indexed (md5(id::text));
TRUNCATE copied_indexed;
-- run
COPY copied_indexed FROM '@FOLDER@/sale';
-- case: copy_fk
-- setup
COPY (SELECT * FROM sale WHERE id % 8 = 0) TO '@FOLDER@/sale';
CREATE TABLE IF NOT EXISTS copied_checked (LIKE sale, FOREIGN KEY (customer_id) REFERENCES customer);
TRUNCATE copied_checked;
-- run
COPY copied_checked FROM '@FOLDER@/sale';
-- case: create_index
-- setup
DROP INDEX IF EXISTS made_index;
-- run
SET max_parallel_maintenance_workers = 0;
CREATE INDEX made_index ON sale (note, amount, md5(id::text));
-- case: create_index_other
-- setup
DROP INDEX IF EXISTS made_index;
-- run
SET max_parallel_maintenance_workers = 0;
CREATE INDEX made_index ON sale (md5(note || id), product_id);
