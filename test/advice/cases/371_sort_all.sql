-- All rows in an order; the result is all of them.
-- schema: campus
-- run: 10
-- none: all rows are read and sent
-- obvious: book USING btree (title)

-- workload
SELECT * FROM book ORDER BY shelf, title;
