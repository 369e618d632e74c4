-- children in a recursive query
-- schema: crm
-- run: 5
-- accept: "Crm"."Accounts" USING btree ("ParentAccountId")
-- accept: "Crm"."Accounts" USING btree ("ParentAccountId") WHERE ("ParentAccountId" IS NOT NULL)

-- workload
\set n random(1, 900)
WITH RECURSIVE tree AS (
    SELECT "Id", 1 AS depth FROM "Crm"."Accounts" WHERE "Id" = md5('a' || :n)::uuid
    UNION ALL
    SELECT a."Id", t.depth + 1 FROM tree AS t JOIN "Crm"."Accounts" AS a ON a."ParentAccountId" = t."Id" WHERE t.depth < 4)
SELECT count(*) FROM tree;
