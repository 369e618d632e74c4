-- a value that differs from row to row
-- schema: wiki
-- run: 10
-- none: random() is volatile
-- obvious: article USING btree (author_id)

-- workload
SELECT id, title FROM article WHERE author_id = (random() * 1200)::int;
