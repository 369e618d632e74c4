-- a hash index is there
-- schema: ledger
-- run: 2000
-- protocol: prepared
-- none: the hash index
-- obvious: bank_line USING btree (iban)

-- setup
CREATE INDEX ON bank_line USING hash (iban);

-- workload
\set n random(1, 40000)
SELECT line_id, amount FROM bank_line WHERE iban = 'DE' || lpad((:n)::text, 20, '0');
