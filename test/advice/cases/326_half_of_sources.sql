-- half of the values in an IN list
-- schema: crm
-- run: 8
-- none: half of the rows, on all pages
-- obvious: "Crm"."Leads" USING btree ("Source")

-- workload
SELECT "OwnerId", sum("Amount") FROM "Crm"."Leads" WHERE "Source" IN ('web', 'fair') GROUP BY "OwnerId";
