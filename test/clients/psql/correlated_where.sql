-- A subquery in a condition, run for each row.
SELECT count(*) FROM book
WHERE id <= :n AND (SELECT count(*) FROM review WHERE review.book_id = book.id) > 2;
