-- rows through a cursor
-- schema: crm
-- run: 12
-- accept: "Crm"."Contacts" USING btree ("AccountId")

-- workload
\set n random(1, 100000)
BEGIN;
DECLARE c CURSOR FOR SELECT "Email" FROM "Crm"."Contacts" WHERE "AccountId" = md5('a' || :n)::uuid;
FETCH 10 FROM c;
CLOSE c;
COMMIT;
