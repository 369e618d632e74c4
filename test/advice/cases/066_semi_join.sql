-- EXISTS: which of 20 accounts have sent something
-- schema: bank
-- run: 20
-- accept: transfer USING btree (from_account)

-- workload
\set a random(1, 39000)
SELECT * FROM account AS a WHERE id BETWEEN :a AND :a + 19
AND EXISTS (SELECT FROM transfer AS t WHERE t.from_account = a.id AND t.purpose <> '');
