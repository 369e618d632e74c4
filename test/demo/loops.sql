-- Statements that are repeated where one would do: one of a program, one of a function.
\pset footer off
\pset linestyle unicode
SELECT kind, coalesce(link, context) AS "what it follows", executions, episodes,
       perfext.format_time(saved_time) AS "one statement saves"
FROM perfext.n_plus_one
WHERE userid IN ('shop_office'::regrole, 'shop_batch'::regrole)
ORDER BY kind DESC, executions DESC;
\pset tuples_only on
\pset format unaligned
SELECT E'\n-- ' || coalesce(link, context) || E':\n' || rewrite
FROM perfext.n_plus_one
WHERE userid IN ('shop_office'::regrole, 'shop_batch'::regrole)
ORDER BY kind DESC, executions DESC;
