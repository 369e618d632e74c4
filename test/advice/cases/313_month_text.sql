-- a month by to_char() of a timestamp with time zone
-- schema: crm
-- run: 10
-- none: to_char() is not immutable
-- obvious: "Crm"."Accounts" USING btree ("CreatedAt")

-- workload
\set m random(1, 9)
SELECT count(*) FROM "Crm"."Accounts" WHERE to_char("CreatedAt", 'YYYY-MM') = '2024-0:m';
