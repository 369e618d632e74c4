-- LATERAL: the last tickets of each of three people
-- schema: desk
-- run: 10
-- accept: ticket USING btree (assignee_id, opened_at)
-- accept: ticket USING btree (assignee_id, opened_at DESC)

-- workload
\set a random(1, 190)
SELECT who.id, t.* FROM generate_series(:a, :a + 2) AS who(id)
CROSS JOIN LATERAL (
    SELECT * FROM ticket WHERE assignee_id = who.id ORDER BY opened_at DESC LIMIT 5) AS t;
