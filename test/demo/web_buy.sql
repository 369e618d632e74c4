\set customer random(1, 60000)
\set first random(1, 5000)
\set second random(5001, 10500)
BEGIN;
INSERT INTO orders (customer_id, country) VALUES (:customer, 'SE') RETURNING order_id \gset
INSERT INTO order_items VALUES (:order_id, 1, :first, 1, 1999), (:order_id, 2, :second, 2, 499) /*application='shop',controller='orders',action='create'*/;
COMMIT;
