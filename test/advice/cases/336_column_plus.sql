-- a number added to the column
-- schema: ledger
-- run: 6
-- none: the primary key serves it once the number is moved to the other side
-- obvious: posting USING btree (entry_id)

-- workload
\set n random(1, 800000)
SELECT amount FROM posting WHERE posting_id + 1 = :n;
