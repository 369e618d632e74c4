-- a recursive common table expression: a tree
-- schema: desk
-- run: 10
-- accept: ticket USING btree (parent_id)
-- accept: ticket USING btree (parent_id) WHERE parent_id IS NOT NULL

-- workload
\set n random(1, 5000)
WITH RECURSIVE tree AS (
    SELECT * FROM ticket WHERE id = :n
    UNION ALL
    SELECT t.* FROM ticket AS t JOIN tree ON t.parent_id = tree.id)
SELECT * FROM tree;
