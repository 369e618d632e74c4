-- the day of a timestamp without time zone
-- schema: wiki
-- run: 6
-- accept: revision USING btree (((saved_at)::date))
-- accept: revision USING btree (((saved_at)::date)) INCLUDE (size)

-- workload
\set d random(1, 1300)
SELECT count(*), sum(size) FROM revision WHERE saved_at::date = '2022-01-01'::date + :d;
