-- a rare value of an enum
-- schema: crm
-- run: 20
-- accept: "Crm"."Leads" USING btree ("State")
-- accept: "Crm"."Leads" USING btree ("State") INCLUDE ("Amount")
-- accept: "Crm"."Leads" USING btree ("State", "Amount")
-- accept: "Crm"."Leads" USING btree (*) WHERE ("State" = 'Qualified'::"Crm"."LeadState")

-- setup
DROP INDEX "Crm"."Leads_OwnerId_State_idx";

-- workload
SELECT count(*), sum("Amount") FROM "Crm"."Leads" WHERE "State" = 'Qualified';
