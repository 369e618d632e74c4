-- a lower-cased address in quoted mixed-case names
-- schema: crm
-- run: 15
-- accept: "Crm"."Contacts" USING btree (lower("Email"))

-- workload
\set n random(1, 300000)
SELECT c."Id", c."Email" FROM "Crm"."Contacts" AS c WHERE lower(c."Email") = lower('user.:n@example' || :n % 500 || '.com');
