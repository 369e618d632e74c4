-- A customer system as an ORM makes it: a schema of its own, mixed-case names, uuid keys.
SELECT setseed(0.201);
CREATE SCHEMA "Crm";
CREATE TYPE "Crm"."LeadState" AS ENUM ('New', 'Contacted', 'Qualified', 'Won', 'Lost');
CREATE TABLE "Crm"."Accounts" (
    "Id" uuid PRIMARY KEY,
    "Name" varchar(120) NOT NULL,
    "VatNumber" varchar(20),
    "Country" char(2) NOT NULL,
    "ParentAccountId" uuid,
    "CreatedAt" timestamptz NOT NULL,
    "DeletedAt" timestamptz
);
INSERT INTO "Crm"."Accounts"
SELECT md5('a' || n)::uuid, 'Company ' || md5(n::text),
    CASE WHEN n % 3 = 0 THEN 'DE' || lpad(n::text, 9, '0') END,
    (ARRAY['DE', 'FR', 'US', 'GB', 'NL'])[1 + n % 5],
    CASE WHEN n % 10 = 0 THEN md5('a' || n / 100)::uuid END,
    '2023-01-01'::timestamptz + random() * interval '900 days',
    CASE WHEN random() < 0.004 THEN '2025-06-01'::timestamptz END
FROM generate_series(1, 100000) AS n;
CREATE TABLE "Crm"."Contacts" (
    "Id" uuid PRIMARY KEY,
    "AccountId" uuid NOT NULL REFERENCES "Crm"."Accounts" ("Id"),
    "Email" text NOT NULL,
    "LastName" varchar(60) COLLATE "en-x-icu" NOT NULL,
    "FirstName" varchar(60) NOT NULL,
    "OptedOut" boolean NOT NULL,
    "Score" numeric(6, 2) NOT NULL
);
INSERT INTO "Crm"."Contacts"
SELECT md5('c' || n)::uuid, md5('a' || 1 + n % 100000)::uuid,
    'User.' || n || '@Example' || n % 500 || '.com',
    initcap(substr(md5((n * 7)::text), 1, 9)), initcap(substr(md5((n % 300)::text), 1, 6)),
    random() < 0.01, round((random() * 1000)::numeric, 2)
FROM generate_series(1, 300000) AS n;
CREATE TABLE "Crm"."Leads" (
    "LeadId" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "AccountId" uuid NOT NULL,
    "OwnerId" int NOT NULL,
    "State" "Crm"."LeadState" NOT NULL,
    "Amount" numeric(12, 2),
    "NextCallAt" timestamptz,
    "Source" varchar(20) NOT NULL
);
INSERT INTO "Crm"."Leads" ("AccountId", "OwnerId", "State", "Amount", "NextCallAt", "Source")
SELECT md5('a' || (1 + random() * 99999)::int)::uuid, (1 + random() * 400)::int,
    (CASE WHEN r < 0.005 THEN 'Qualified' WHEN r < 0.5 THEN 'Won' ELSE 'Lost' END)::"Crm"."LeadState",
    round((random() * 50000)::numeric, 2),
    CASE WHEN r < 0.01 THEN '2026-01-01'::timestamptz + random() * interval '30 days' END,
    (ARRAY['web', 'fair', 'phone', 'partner'])[1 + n % 4]
FROM (SELECT n, random() AS r FROM generate_series(1, 250000) AS n) AS lead;
CREATE INDEX ON "Crm"."Leads" ("OwnerId", "State");
CREATE TABLE "Crm"."Users" ("Id" int PRIMARY KEY, "Login" text NOT NULL, "TeamId" int NOT NULL);
INSERT INTO "Crm"."Users" SELECT n, 'user' || n, n % 12 FROM generate_series(1, 400) AS n;
VACUUM ANALYZE;
