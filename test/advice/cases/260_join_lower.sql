-- a join on an expression
-- schema: crm
-- run: 6
-- accept: "Crm"."Contacts" USING btree (lower("Email"))

-- workload
\set n random(1, 299900)
SELECT c."Id" FROM (VALUES ('USER.:n@EXAMPLE' || :n % 500 || '.COM')) AS w(address) JOIN "Crm"."Contacts" AS c ON lower(c."Email") = lower(w.address);
