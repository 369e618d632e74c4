-- a page far behind, in the order of the primary key
-- schema: wiki
-- run: 10
-- none: the primary key has the order, the rows before have to be read
-- obvious: comment USING btree (author)

-- workload
SELECT id, author FROM comment ORDER BY id LIMIT 20 OFFSET 200000;
