-- A count for each of thirty books.
-- schema: campus
-- run: 5
-- accept: loan USING btree (isbn)

-- workload
\set b random(1, 29900)
SELECT title, (SELECT count(*) FROM loan l WHERE l.isbn = b.isbn) FROM book b
WHERE isbn BETWEEN '978' || lpad(:b::text, 10, '0') AND '978' || lpad((:b + 30)::text, 10, '0');
