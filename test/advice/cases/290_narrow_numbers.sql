-- A narrow range of amounts.
-- schema: clinic
-- run: 50
-- accept: patient USING btree (balance)

-- workload
\set b random(0, 3990)
SELECT id, balance FROM patient WHERE balance BETWEEN :b AND :b + 2.5;
