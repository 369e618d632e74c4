-- OR with a side that nearly all rows pass
-- schema: wiki
-- run: 6
-- none: 99.5 % of the rows
-- obvious: comment USING btree (author)

-- workload
\set n random(1, 20000)
SELECT count(*), max(body) FROM comment WHERE author = 'nick:n' OR approved;
