-- a prepared statement: equality, sort, limit
-- schema: desk
-- run: 60
-- protocol: prepared
-- accept: ticket USING btree (assignee_id, opened_at)
-- accept: ticket USING btree (assignee_id, opened_at DESC)

-- workload
\set a random(1, 200)
SELECT * FROM ticket WHERE assignee_id = :a ORDER BY opened_at DESC LIMIT 10;
