-- max of a column
-- schema: bank
-- run: 30
-- accept: transfer USING btree (amount)
-- accept: transfer USING btree (amount DESC)

-- workload
SELECT max(amount) FROM transfer;
