-- equality, and IS NULL for one row in 100
-- schema: desk
-- run: 40
-- accept: ticket USING btree (assignee_id) WHERE closed_at IS NULL
-- accept: ticket USING btree (assignee_id, closed_at)
-- accept: ticket USING btree (assignee_id, closed_at) WHERE closed_at IS NULL
-- accept: ticket USING btree (closed_at, assignee_id)

-- workload
\set a random(1, 200)
SELECT * FROM ticket WHERE assignee_id = :a AND closed_at IS NULL;
