-- MERGE
-- schema: shop
-- run: 30
-- accept: customer USING btree (email)

-- workload
\set c random(1, 100000)
MERGE INTO customer AS c
USING (VALUES ('user:c@example.com', true)) AS v(email, newsletter) ON c.email = v.email
WHEN MATCHED THEN UPDATE SET newsletter = v.newsletter;
