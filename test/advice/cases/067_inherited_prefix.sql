-- an index that is there, but too narrow by one column
-- schema: desk
-- run: 300
-- accept: ticket USING btree (assignee_id, opened_at)
-- accept: ticket USING btree (assignee_id, opened_at DESC)

-- setup
CREATE INDEX ON ticket (assignee_id);

-- workload
\set a random(1, 200)
SELECT * FROM ticket WHERE assignee_id = :a ORDER BY opened_at DESC LIMIT 10;
