-- a materialized view by a column
-- schema: ledger
-- run: 30
-- accept: balance USING btree (account_no)
-- accept: balance USING btree (account_no, period)
-- accept: balance USING btree (period, account_no)
-- accept: balance USING btree (account_no, period) INCLUDE (total)

-- setup
CREATE MATERIALIZED VIEW balance AS
    SELECT p.account_no, e.period, e.company, p.currency, sum(p.amount) AS total
    FROM posting AS p JOIN entry AS e USING (entry_id) GROUP BY 1, 2, 3, 4;
VACUUM ANALYZE balance;

-- workload
\set a random(1001, 1500)
\set p random(1, 12)
SELECT total FROM balance WHERE account_no = ':a' AND period = 202400 + :p;
