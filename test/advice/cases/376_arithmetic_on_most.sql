-- Arithmetic that most rows pass.
-- schema: campus
-- run: 20
-- none: most rows are wanted
-- obvious: enrollment USING btree (term)

-- workload
SELECT avg(grade), max(attempt) FROM enrollment WHERE term + attempt > 2016;
