-- a column that is unique
-- schema: bank
-- run: 4000
-- none: the constraint has its index
-- obvious: account USING btree (iban)

-- workload
\set a random(1, 40000)
SELECT * FROM account WHERE iban = 'DE' || md5('' || :a);
