-- The beginning by the function.
-- schema: campus
-- run: 60
-- accept: book USING btree (title)
-- accept: book USING btree (title text_pattern_ops)

-- workload
\set i random(1, 29999)
SELECT isbn, author FROM book WHERE title ^@ ('The ' || substr(md5('t' || :i), 1, 8));
