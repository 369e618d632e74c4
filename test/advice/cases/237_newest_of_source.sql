-- a maximum within a quarter of the rows
-- schema: ledger
-- run: 25
-- accept: entry USING btree (posted_at)
-- accept: entry USING btree (source_system, posted_at)
-- accept: entry USING btree (posted_at) WHERE ((source_system)::text = 'bank'::text)

-- workload
SELECT max(posted_at) FROM entry WHERE source_system = 'bank';
