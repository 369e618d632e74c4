-- a partial index with the same condition is there
-- schema: ledger
-- run: 400
-- none: the index on (account_no) WHERE NOT cleared
-- obvious: posting USING btree (account_no, cleared)

-- setup
CREATE INDEX ON posting (account_no) WHERE NOT cleared;
VACUUM ANALYZE posting;

-- workload
\set a random(1001, 1500)
SELECT posting_id, amount, due_on FROM posting WHERE account_no = ':a' AND NOT cleared;
