-- ids in an array, as a loader of related rows sends them
-- schema: crm
-- run: 20
-- protocol: extended
-- accept: "Crm"."Leads" USING btree ("AccountId")

-- workload
\set n random(1, 90000)
SELECT * FROM "Crm"."Leads" WHERE "AccountId" = ANY (ARRAY[md5('a' || :n)::uuid, md5('a' || :n + 1)::uuid, md5('a' || :n + 7)::uuid]);
