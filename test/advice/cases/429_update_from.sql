-- An update by another table's few rows.
-- schema: campus
-- run: 20
-- accept: message USING btree (sender_id)
-- accept: message USING hash (sender_id)

-- workload
\set s random(1, 24900)
UPDATE message m SET priority = 9 FROM student s WHERE m.sender_id = s.id AND s.id BETWEEN :s AND :s + 5;
