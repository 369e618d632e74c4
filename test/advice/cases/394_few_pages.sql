-- A table of a few pages, asked often.
-- schema: campus
-- run: 1500
-- none: the table has a few pages
-- obvious: course USING btree (dept)

-- workload
\set d random(0, 14)
SELECT id, code FROM course WHERE dept = 'dept ' || :d AND credits > 3;
