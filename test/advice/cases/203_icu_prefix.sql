-- a prefix search where the collation is a language's
-- schema: crm
-- run: 15
-- accept: "Crm"."Contacts" USING btree ("LastName" varchar_pattern_ops)
-- accept: "Crm"."Contacts" USING btree ("LastName" text_pattern_ops)

-- workload
\set n random(10, 99)
SELECT "Id", "LastName" FROM "Crm"."Contacts" WHERE "LastName" LIKE '7:nab%' ORDER BY "LastName" LIMIT 20;
