-- A materialized view, by one of its columns.
-- schema: clinic
-- run: 100
-- accept: load_of_day USING btree (practitioner_id)
-- accept: load_of_day USING btree (practitioner_id, day)

-- setup
CREATE MATERIALIZED VIEW load_of_day AS
    SELECT practitioner_id, date_trunc('day', starts_at)::date AS day, count(*) AS appointments
    FROM appointment GROUP BY 1, 2;
ANALYZE load_of_day;
-- workload
\set p random(1, 600)
SELECT day, appointments FROM load_of_day WHERE practitioner_id = :p;
