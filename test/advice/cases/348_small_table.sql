-- Forty rows, asked all the time.
-- schema: clinic
-- run: 3000
-- none: the table has one page
-- obvious: clinic USING btree (city)

-- workload
\set c random(1, 11)
SELECT name FROM clinic WHERE city = 'City ' || :c;
