-- an hour of entries in a CTE, joined with their postings
-- schema: ledger
-- run: 5
-- accept: entry USING btree (posted_at) + posting USING btree (entry_id)
-- accept: entry USING btree (posted_at) + posting USING btree (entry_id) INCLUDE (currency, amount)
-- accept: entry USING btree (posted_at) + posting USING btree (entry_id) INCLUDE (amount, currency)
-- accept: entry USING btree (posted_at) INCLUDE (entry_id) + posting USING btree (entry_id)
-- accept: entry USING btree (posted_at) INCLUDE (entry_id) + posting USING btree (entry_id) INCLUDE (currency, amount)
-- accept: entry USING btree (posted_at) INCLUDE (entry_id) + posting USING btree (entry_id) INCLUDE (amount, currency)

-- workload
\set h random(1, 16000)
WITH recent AS MATERIALIZED (
    SELECT entry_id FROM entry WHERE posted_at >= '2024-01-01'::timestamptz + :h * interval '1 hour' AND posted_at < '2024-01-01'::timestamptz + (:h + 1) * interval '1 hour')
SELECT p.currency, sum(p.amount) FROM posting AS p JOIN recent USING (entry_id) GROUP BY p.currency;
