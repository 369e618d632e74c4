-- two tables in a UNION ALL
-- schema: wiki
-- run: 8
-- accept: revision USING btree (editor_id) + comment USING btree (author)
-- accept: revision USING btree (editor_id) + comment USING btree (author) INCLUDE (created_at)
-- accept: revision USING btree (editor_id) INCLUDE (saved_at) + comment USING btree (author)
-- accept: revision USING btree (editor_id) INCLUDE (saved_at) + comment USING btree (author) INCLUDE (created_at)

-- workload
\set e random(1, 3000)
SELECT 'edit' AS what, saved_at AS happened FROM revision WHERE editor_id = :e
UNION ALL
SELECT 'comment', created_at FROM comment WHERE author = 'nick:e';
