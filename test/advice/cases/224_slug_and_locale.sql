-- a page by its slug and language
-- schema: wiki
-- run: 30
-- protocol: prepared
-- accept: article USING btree (slug)
-- accept: article USING btree (slug, locale)
-- accept: article USING btree (locale, slug)
-- accept: article USING btree (slug) WHERE ((locale)::text = 'de'::text)

-- workload
\set n random(1, 120000)
SELECT id, title, body FROM article WHERE slug = 'page-' || md5((:n)::text) AND locale = 'de';
