-- a document and its postings, joined by USING
-- schema: ledger
-- run: 5
-- accept: entry USING btree (document_no) + posting USING btree (entry_id)

-- workload
\set n random(1, 200000)
SELECT e.entry_id, p.account_no, p.amount FROM entry AS e JOIN posting AS p USING (entry_id)
WHERE e.document_no = 'DOC/' || :n % 24 || '/:n';
