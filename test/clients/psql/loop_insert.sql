-- A loop in PL/pgSQL that writes row by row.
SELECT set_config('clients.n', :'n', false);
DO $$
DECLARE
	book record;
BEGIN
	FOR book IN SELECT id, title FROM book ORDER BY id LIMIT current_setting('clients.n')::int LOOP
		INSERT INTO entry VALUES (book.id, book.id, book.title);
	END LOOP;
END $$;
