-- the first by the primary key of a frequent value
-- schema: ledger
-- run: 2000
-- none: the primary key has the order
-- obvious: posting USING btree (currency, posting_id)

-- workload
SELECT posting_id, amount FROM posting WHERE currency = 'EUR' ORDER BY posting_id LIMIT 20;
