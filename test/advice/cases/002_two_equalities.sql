-- two equalities, each alone leaves 1,000 rows or more
-- schema: desk
-- run: 40
-- accept: ticket USING btree (assignee_id, category_id)
-- accept: ticket USING btree (category_id, assignee_id)

-- workload
\set a random(1, 200)
\set c random(1, 100)
SELECT * FROM ticket WHERE assignee_id = :a AND category_id = :c;
