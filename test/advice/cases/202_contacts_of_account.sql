-- a uuid foreign key and an order within it
-- schema: crm
-- run: 15
-- protocol: prepared
-- accept: "Crm"."Contacts" USING btree ("AccountId")
-- accept: "Crm"."Contacts" USING btree ("AccountId", "Score")
-- accept: "Crm"."Contacts" USING btree ("AccountId", "Score" DESC)

-- workload
\set n random(1, 100000)
SELECT "FirstName", "LastName", "Score" FROM "Crm"."Contacts"
WHERE "AccountId" = md5('a' || :n)::uuid ORDER BY "Score" DESC LIMIT 10;
