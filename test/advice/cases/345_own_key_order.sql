-- the rows of a composite key in its order
-- schema: wiki
-- run: 2000
-- protocol: prepared
-- none: the primary key
-- obvious: revision USING btree (article_id, saved_at)

-- workload
\set n random(1, 120000)
SELECT version, saved_at FROM revision WHERE article_id = :n AND editor_id > 10 ORDER BY version DESC LIMIT 1;
