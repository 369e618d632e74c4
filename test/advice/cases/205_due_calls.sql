-- the next ones due, in a column that is mostly NULL
-- schema: crm
-- run: 25
-- accept: "Crm"."Leads" USING btree ("NextCallAt")
-- accept: "Crm"."Leads" USING btree ("NextCallAt") WHERE ("NextCallAt" IS NOT NULL)

-- workload
\set d random(1, 3)
SELECT "LeadId", "OwnerId", "NextCallAt" FROM "Crm"."Leads"
WHERE "NextCallAt" <= '2026-01-01'::timestamptz + :d * interval '1 hour' ORDER BY "NextCallAt" LIMIT 20;
