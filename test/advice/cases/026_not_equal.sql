-- <> the constant that nearly all rows have: only a partial index can
-- schema: desk
-- run: 40
-- accept: job USING btree (*) WHERE state <> 'finished'

-- workload
SELECT * FROM job WHERE state <> 'finished';
