-- jsonb ?: does it have the key
-- schema: press
-- run: 40
-- accept: article USING gin (attributes)

-- setup
UPDATE article SET attributes = attributes || '{"recalled": true}' WHERE id % 2000 = 0;
VACUUM FULL article;
VACUUM ANALYZE article;

-- workload
SELECT id, title, attributes FROM article WHERE attributes ? 'recalled';
