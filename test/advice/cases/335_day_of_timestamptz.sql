-- the day of a timestamp with time zone
-- schema: crm
-- run: 10
-- none: the cast depends on the time zone
-- obvious: "Crm"."Accounts" USING btree ("CreatedAt")

-- workload
\set d random(1, 800)
SELECT count(*) FROM "Crm"."Accounts" WHERE "CreatedAt"::date = '2023-01-01'::date + :d;
