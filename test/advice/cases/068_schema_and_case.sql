-- names that have to be quoted, not in the schema public
-- schema: bank
-- run: 40
-- accept: "Past"."Transfer" USING btree ("From")

-- setup
CREATE SCHEMA "Past";
CREATE TABLE "Past"."Transfer" AS
    SELECT id AS "Id", from_account AS "From", amount AS "order", purpose FROM transfer;
VACUUM ANALYZE "Past"."Transfer";

-- workload
\set a random(1, 40000)
SELECT * FROM "Past"."Transfer" WHERE "From" = :a;
