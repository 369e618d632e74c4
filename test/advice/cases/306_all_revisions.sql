-- a join of all rows
-- schema: wiki
-- run: 3
-- none: all rows of both are joined
-- obvious: revision USING btree (article_id)

-- workload
SELECT a.locale, sum(r.size) FROM article AS a JOIN revision AS r ON r.article_id = a.id GROUP BY a.locale;
