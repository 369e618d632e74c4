-- A loop in PL/pgSQL over numbers, which no query returns.
SELECT set_config('clients.n', :'n', false);
DO $$
DECLARE
	found text;
BEGIN
	FOR i IN 1 .. current_setting('clients.n')::int LOOP
		SELECT name INTO found FROM author WHERE id = i * 17;
	END LOOP;
END $$;
