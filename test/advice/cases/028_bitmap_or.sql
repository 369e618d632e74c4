-- OR over two columns: an index each
-- schema: bank
-- run: 40
-- accept: transfer USING btree (from_account) + transfer USING btree (to_account)

-- workload
\set a random(1, 40000)
SELECT * FROM transfer WHERE from_account = :a OR to_account = :a;
