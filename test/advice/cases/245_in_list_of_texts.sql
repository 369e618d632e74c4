-- a few account numbers in an IN list, the larger postings
-- schema: ledger
-- run: 6
-- accept: posting USING btree (account_no, amount)
-- accept: posting USING btree (account_no)

-- workload
\set a random(1001, 1490)
SELECT posting_id, account_no, amount FROM posting WHERE account_no IN (':a', '9998', '9999') AND amount > 4900;
