-- the few open items of an account
-- schema: ledger
-- run: 6
-- accept: posting USING btree (*) WHERE (NOT cleared)
-- accept: posting USING btree (account_no, cleared)
-- accept: posting USING btree (cleared, account_no)
-- accept: posting USING btree (account_no)

-- workload
\set a random(1001, 1500)
SELECT posting_id, entry_id, amount, due_on FROM posting WHERE account_no = ':a' AND NOT cleared;
