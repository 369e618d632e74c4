-- both columns of the primary key
-- schema: ledger
-- run: 4000
-- protocol: prepared
-- none: the primary key
-- obvious: gl_account USING btree (number)

-- workload
\set c random(1, 10)
\set a random(1001, 1500)
SELECT caption FROM gl_account WHERE number = (:a)::text AND company = :c;
