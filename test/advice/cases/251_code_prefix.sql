-- the first characters of a code
-- schema: ledger
-- run: 20
-- accept: entry USING btree (substr((document_no)::text, 5, 6))

-- workload
\set d random(1, 999)
SELECT entry_id, document_no FROM entry WHERE substr(document_no, 5, 6) = '11/' || lpad(':d', 3, '1');
