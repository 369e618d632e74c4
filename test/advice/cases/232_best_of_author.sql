-- the most read ones of an author
-- schema: wiki
-- run: 20
-- protocol: prepared
-- accept: article USING btree (author_id)
-- accept: article USING btree (author_id, views)
-- accept: article USING btree (author_id, views DESC)

-- workload
\set a random(1, 1200)
SELECT id, title, views FROM article WHERE author_id = :a ORDER BY views DESC LIMIT 5;
