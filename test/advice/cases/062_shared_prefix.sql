-- two statements that one index serves
-- schema: desk
-- run: 20
-- accept: ticket USING btree (assignee_id, opened_at)
-- accept: ticket USING btree (assignee_id, opened_at DESC)

-- workload
\set a random(1, 200)
SELECT subject, body, priority, category_id, archived FROM ticket WHERE assignee_id = :a;
SELECT * FROM ticket WHERE assignee_id = :a ORDER BY opened_at DESC LIMIT 10;
