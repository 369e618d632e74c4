-- an array as parameter
-- schema: ledger
-- run: 8
-- protocol: prepared
-- accept: posting USING btree (entry_id)

-- workload
\set e random(1, 199000)
SELECT posting_id, amount FROM posting WHERE entry_id = ANY (ARRAY[:e::bigint, :e + 1, :e + 2, :e + 500]);
