-- A MERGE of one row, by a key without index.
-- schema: freight
-- run: 40
-- accept: customer USING btree (vat_no)
-- accept: customer USING hash (vat_no)

-- workload
\set i random(1, 60000)
MERGE INTO customer c USING (SELECT 'VAT' || md5('v' || :i)::varchar(12) AS vat) s ON c.vat_no = s.vat
WHEN MATCHED THEN UPDATE SET credit_limit = credit_limit + 1
WHEN NOT MATCHED THEN DO NOTHING;
