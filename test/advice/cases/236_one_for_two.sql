-- two statements that one index serves
-- schema: ledger
-- run: 6
-- accept: posting USING btree (company, account_no, due_on)
-- accept: posting USING btree (account_no, company, due_on)
-- accept: posting USING btree (account_no, company)
-- accept: posting USING btree (company, account_no)
-- accept: posting USING btree (account_no, company, due_on) INCLUDE (posting_id, amount)
-- accept: posting USING btree (account_no, company, due_on) INCLUDE (amount, posting_id)

-- workload
\set c random(1, 10)
\set a random(1001, 1500)
\set d random(1, 800)
SELECT posting_id, amount FROM posting WHERE company = :c AND account_no = ':a';
SELECT posting_id, amount, due_on FROM posting
WHERE company = :c AND account_no = ':a' AND due_on BETWEEN '2024-01-01'::date + :d AND '2024-01-01'::date + :d + 14;
