-- IN with three rows of two columns
-- schema: desk
-- run: 30
-- accept: ticket USING btree (assignee_id, category_id)
-- accept: ticket USING btree (category_id, assignee_id)

-- workload
\set a random(1, 200)
\set c random(1, 90)
SELECT * FROM ticket
WHERE (assignee_id, category_id) IN ((:a, :c), (:a, :c + 1), (:a, :c + 5));
