\set start random(3000, 12000) * 20
SELECT order_id, ordered_at, status FROM orders ORDER BY ordered_at DESC, order_id DESC LIMIT 20 OFFSET :start /*application='shop',controller='admin/orders',action='index'*/;
