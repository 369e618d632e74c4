-- an UPDATE of all rows
-- schema: wiki
-- run: 3
-- none: all rows change
-- obvious: article USING btree (views)

-- workload
UPDATE article SET views = views + 1 WHERE views >= 0;
