-- A subquery in the list of columns, run for each row.
SELECT id, (SELECT count(*) FROM review WHERE review.book_id = book.id) AS reviews
FROM book ORDER BY id LIMIT :n;
