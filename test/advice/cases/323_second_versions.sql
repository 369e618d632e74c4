-- a semi-join that the primary key serves
-- schema: wiki
-- run: 5
-- none: the primary key of revision
-- obvious: revision USING btree (version, article_id)

-- workload
\set i random(1, 100000)
SELECT count(*) FROM article AS a
WHERE a.id BETWEEN :i AND :i + 2000 AND EXISTS (SELECT FROM revision AS r WHERE r.article_id = a.id AND r.version = 2);
