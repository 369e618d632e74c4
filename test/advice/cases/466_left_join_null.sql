-- Of a few books those never lent, as an outer join.
-- schema: campus
-- run: 20
-- accept: loan USING btree (isbn)
-- accept: loan USING hash (isbn)

-- workload
\set b random(1, 29900)
SELECT b.isbn, b.title FROM book b LEFT JOIN loan l ON l.isbn = b.isbn
WHERE b.isbn BETWEEN '978' || lpad(:b::text, 10, '0') AND '978' || lpad((:b + 25)::text, 10, '0') AND l.id IS NULL;
