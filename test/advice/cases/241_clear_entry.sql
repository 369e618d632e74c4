-- an UPDATE by a foreign key
-- schema: ledger
-- run: 6
-- accept: posting USING btree (entry_id)
-- accept: posting USING btree (*) WHERE (NOT cleared)

-- workload
\set n random(1, 200000)
UPDATE posting SET cleared = true WHERE entry_id = :n AND NOT cleared;
