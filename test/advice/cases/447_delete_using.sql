-- Rows go by a join with one row.
-- schema: campus
-- run: 15
-- accept: message USING btree (receiver_id)
-- accept: message USING hash (receiver_id)

-- workload
\set i random(1, 25000)
DELETE FROM message m USING student s WHERE m.receiver_id = s.id AND s.id = :i;
