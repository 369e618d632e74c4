-- lines without a match
-- schema: ledger
-- run: 25
-- accept: bank_line USING btree (*) WHERE (matched_entry IS NULL)
-- accept: bank_line USING btree (matched_entry)
-- accept: bank_line USING btree (matched_entry, amount)

-- workload
\set a random(1, 3900)
SELECT line_id, iban, amount, purpose FROM bank_line WHERE matched_entry IS NULL AND amount BETWEEN :a AND :a + 100;
