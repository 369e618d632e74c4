-- 5,000 rows in for each transaction, a short read in one of five
-- schema: bank
-- run: 40
-- none: an index costs the writes more than it saves
-- obvious: journal USING btree (reference)

-- setup
CREATE TABLE journal AS SELECT id, md5(id::text) AS reference, amount, purpose FROM transfer LIMIT 10000;
VACUUM ANALYZE journal;

-- workload
\set n random(1, 5)
INSERT INTO journal SELECT id, md5(id || 'x' || random()), amount, purpose FROM transfer WHERE id <= 5000;
\if :n = 1
SELECT * FROM journal WHERE reference = md5(:n || 'none');
\endif
