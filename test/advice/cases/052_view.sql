-- through a view
-- schema: shop
-- run: 40
-- accept: orders USING btree (customer_id)

-- setup
CREATE VIEW customer_order AS
    SELECT o.*, c.name, c.email FROM orders AS o JOIN customer AS c ON c.id = o.customer_id;

-- workload
\set c random(1, 80000)
SELECT * FROM customer_order WHERE customer_id = :c;
