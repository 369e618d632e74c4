-- an UPDATE joined with a list of values
-- schema: ledger
-- run: 4
-- accept: posting USING btree (entry_id)

-- workload
\set e random(1, 199000)
UPDATE posting AS p SET tax_code = v.code FROM (VALUES (:e::bigint, 'V1'), (:e + 7, 'V2')) AS v(entry_id, code) WHERE p.entry_id = v.entry_id;
