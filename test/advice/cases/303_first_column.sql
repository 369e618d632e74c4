-- the first column of an index there is
-- schema: crm
-- run: 200
-- none: the index on ("OwnerId", "State") begins with it
-- obvious: "Crm"."Leads" USING btree ("OwnerId")

-- workload
\set o random(1, 400)
SELECT count(*), max("Amount") FROM "Crm"."Leads" WHERE "OwnerId" = :o;
