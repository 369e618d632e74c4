-- A subquery that depends on nothing, run once.
SELECT count(*) FROM book
WHERE id <= :n AND author_id NOT IN (SELECT author_id FROM book WHERE id > 29000);
