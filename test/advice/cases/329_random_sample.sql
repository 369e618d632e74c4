-- a page from the middle of everything, in no order of an index
-- schema: wiki
-- run: 10
-- none: the order differs from call to call

-- workload
\set o random(100000, 300000)
SELECT id, author FROM comment ORDER BY md5(author || :o) LIMIT 5;
