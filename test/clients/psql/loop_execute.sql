-- A loop in PL/pgSQL whose look-up is a text put together for each row.
SELECT set_config('clients.n', :'n', false);
DO $$
DECLARE
	book record;
	found text;
BEGIN
	FOR book IN SELECT id, author_id FROM book ORDER BY id LIMIT current_setting('clients.n')::int LOOP
		EXECUTE 'SELECT name FROM author WHERE id = ' || book.author_id INTO found;
	END LOOP;
END $$;
