-- Downwards through a tree.
-- schema: freight
-- run: 40
-- accept: customer USING btree (parent_id)
-- accept: customer USING btree (parent_id) WHERE (parent_id IS NOT NULL)

-- workload
\set c random(1, 50000)
WITH RECURSIVE below AS (
    SELECT id FROM customer WHERE id = :c
    UNION
    SELECT c.id FROM below b JOIN customer c ON c.parent_id = b.id)
SELECT count(*) FROM below;
