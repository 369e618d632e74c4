-- Few are unread; of one receiver.
-- schema: campus
-- run: 40
-- accept: message USING btree (receiver_id) WHERE (read_at IS NULL)
-- accept: message USING btree (receiver_id)
-- accept: message USING btree (receiver_id, read_at)
-- accept: message USING btree (read_at, receiver_id)
-- accept: message USING btree (*) WHERE (read_at IS NULL)

-- workload
\set s random(1, 25000)
SELECT id, subject, sent FROM message WHERE receiver_id = :s AND read_at IS NULL;
