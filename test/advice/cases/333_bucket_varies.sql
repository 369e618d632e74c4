-- another divisor in each call
-- schema: ledger
-- run: 8
-- none: no expression serves more than a few of them

-- workload
\set m random(301, 399)
SELECT posting_id, amount FROM posting WHERE entry_id % :m = 7 AND posting_id % :m = 5;
