-- answers to a page of comments
-- schema: wiki
-- run: 10
-- accept: comment USING btree (parent_id)
-- accept: comment USING btree (parent_id) WHERE (parent_id IS NOT NULL)

-- workload
\set n random(1, 300000)
SELECT parent_id, count(*) FROM comment WHERE parent_id IN (:n, :n + 1, :n + 2, :n + 3, :n + 11) GROUP BY parent_id;
