\set id random(1, 300000)
SELECT o.order_id, o.status, i.line, p.name, i.quantity, i.price_cents FROM orders o JOIN order_items i USING (order_id) JOIN products p USING (product_id) WHERE o.order_id = :id ORDER BY i.line /*application='shop',controller='orders',action='show'*/;
