-- All rows of a table change.
-- schema: campus
-- run: 5
-- none: all rows are written
-- obvious: book USING btree (price)

-- workload
UPDATE book SET price = price + 0.01 WHERE price >= 0;
