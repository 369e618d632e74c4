-- UPDATE of one row
-- schema: desk
-- run: 40
-- accept: job USING btree (reference)

-- workload
\set n random(1, 200000)
UPDATE job SET attempts = attempts + 1 WHERE reference = 'ref-' || md5('' || :n);
