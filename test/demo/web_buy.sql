\set customer random(1, 60000)
\set first random(1, 2500)
\set second random(2501, 5000)
BEGIN;
INSERT INTO orders (customer_id, country, currency, warehouse, carrier) VALUES (:customer, 'SE', 'SEK', 'Lund', 'PostNord') RETURNING order_id \gset
INSERT INTO order_items VALUES (:order_id, 1, :first, 1, 1999), (:order_id, 2, :second, 2, 499) /*application='shop',controller='orders',action='create'*/;
COMMIT;
