-- IS NOT DISTINCT FROM
-- schema: bank
-- run: 30
-- none: no index serves the operator
-- obvious: transfer USING btree (from_account)

-- workload
\set a random(1, 40000)
SELECT * FROM transfer WHERE from_account IS NOT DISTINCT FROM :a;
