-- Ten at random.
-- schema: campus
-- run: 20
-- none: all rows are read
-- obvious: book USING btree (author)

-- workload
SELECT isbn, title FROM book ORDER BY random() LIMIT 10;
