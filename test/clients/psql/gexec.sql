-- Statements made by a statement, and run one by one.
SELECT format('SELECT name FROM author WHERE id = %s', author_id)
FROM book ORDER BY id LIMIT :n \gexec
