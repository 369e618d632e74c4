-- a unique constraint and an expression on its column
-- schema: crm
-- run: 400
-- none: the unique constraint
-- obvious: "Crm"."Accounts" USING btree ("VatNumber")

-- setup
ALTER TABLE "Crm"."Accounts" ADD UNIQUE ("VatNumber");

-- workload
\set n random(1, 90000)
SELECT "Id", "Name" FROM "Crm"."Accounts" WHERE "VatNumber" = 'DE' || lpad((:n / 3 * 3)::text, 9, '0');
