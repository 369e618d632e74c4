-- rows go in, nobody reads
-- schema: bank
-- run: 20
-- none: nothing is read
-- obvious: transfer USING btree (booked_at)

-- workload
INSERT INTO transfer
    SELECT m + n, 1, 2, 3, now(), NULL, 'more' FROM (SELECT max(id) AS m FROM transfer) AS t,
           generate_series(1, 500) AS n;
