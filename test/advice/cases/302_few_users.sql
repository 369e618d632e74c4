-- a small table by another column
-- schema: crm
-- run: 3000
-- protocol: prepared
-- none: three pages

-- workload
\set n random(1, 400)
SELECT "Id" FROM "Crm"."Users" WHERE "Login" = 'user' || :n;
