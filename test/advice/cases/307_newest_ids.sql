-- the newest by the primary key, with a filter that most pass
-- schema: wiki
-- run: 2000
-- none: the primary key has the order

-- workload
SELECT id, title FROM article WHERE locale <> 'fr' ORDER BY id DESC LIMIT 20;
