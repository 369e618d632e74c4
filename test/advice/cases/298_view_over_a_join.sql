-- Through a view, by a column of its second table.
-- schema: freight
-- run: 20
-- accept: parcel USING btree (tracking)
-- accept: parcel USING hash (tracking)

-- setup
CREATE VIEW tracked AS
    SELECT p.id, p.tracking, p.state, d.name AS depot, c.name AS customer
    FROM customer c JOIN parcel p ON p.sender_id = c.id JOIN depot d ON d.id = p.depot_id;
-- workload
\set i random(1, 180000)
SELECT * FROM tracked WHERE tracking = 'TR' || lpad((:i * 4447 % 9999991)::text, 10, '0');
