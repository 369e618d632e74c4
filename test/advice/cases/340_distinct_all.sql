-- the distinct values of a column with most of the rest
-- schema: ledger
-- run: 4
-- none: 98 % of the rows
-- obvious: posting USING btree (amount)

-- workload
SELECT DISTINCT currency, tax_code, cleared FROM posting WHERE amount > -4900;
