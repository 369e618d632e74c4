-- A loop in PL/pgSQL with a look-up per row.
SELECT set_config('clients.n', :'n', false);
DO $$
DECLARE
	book record;
	found text;
BEGIN
	FOR book IN SELECT id, author_id FROM book ORDER BY id LIMIT current_setting('clients.n')::int LOOP
		SELECT name INTO found FROM author WHERE id = book.author_id;
	END LOOP;
END $$;
