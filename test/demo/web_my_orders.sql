\set id random(1, 60000)
SELECT order_id, ordered_at, status FROM orders WHERE customer_id = :id ORDER BY ordered_at DESC LIMIT 10 /*application='shop',controller='orders',action='index'*/;
