-- a correlated subquery
-- schema: ledger
-- run: 2
-- accept: posting USING btree (entry_id)
-- accept: posting USING btree (entry_id) INCLUDE (amount)

-- workload
\set n random(1, 199990)
SELECT e.entry_id, (SELECT sum(p.amount) FROM posting AS p WHERE p.entry_id = e.entry_id) AS total
FROM entry AS e WHERE e.entry_id BETWEEN :n AND :n + 3;
