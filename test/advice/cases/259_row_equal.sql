-- two columns compared as a row
-- schema: ledger
-- run: 8
-- accept: posting USING btree (company, account_no)
-- accept: posting USING btree (account_no, company)
-- accept: posting USING btree (account_no)
-- accept: posting USING btree (*) WHERE (currency = 'CHF'::bpchar)
-- accept: posting USING btree (currency)
-- accept: posting USING btree (account_no, company, currency)
-- accept: posting USING btree (account_no, currency, company)
-- accept: posting USING btree (company, account_no, currency)
-- accept: posting USING btree (account_no, currency)
-- accept: posting USING btree (currency, account_no)
-- accept: posting USING btree (currency, company)

-- workload
\set c random(1, 10)
\set a random(1001, 1500)
SELECT count(*), sum(amount) FROM posting WHERE (company, account_no) = (:c, ':a') AND currency = 'CHF';
