-- all leads with their accounts
-- schema: crm
-- run: 4
-- none: all rows of both are joined
-- obvious: "Crm"."Leads" USING btree ("AccountId")

-- workload
SELECT a."Country", count(*), sum(l."Amount") FROM "Crm"."Leads" AS l JOIN "Crm"."Accounts" AS a ON a."Id" = l."AccountId" GROUP BY a."Country";
