-- A function in SQL, called for each row.
SELECT id, publisher_name(publisher_id) FROM book ORDER BY id LIMIT :n;
