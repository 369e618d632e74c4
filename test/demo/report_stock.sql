SELECT p.product_id, p.name, s.pieces FROM products p JOIN (SELECT product_id, sum(quantity) AS pieces FROM order_items GROUP BY product_id) s USING (product_id) WHERE p.department = 'Department 3' AND p.category = 'Category 3' AND p.supplier = 'Supplier 3' AND p.buyer = 'Buyer 3' ORDER BY s.pieces DESC LIMIT 20;
\sleep 500 ms
SELECT date_trunc('month', ordered_at) AS month, country, count(*), sum(quantity * price_cents) AS cents FROM orders JOIN order_items USING (order_id) WHERE ordered_at >= '2025-07-01' AND ordered_at < '2025-10-01' GROUP BY 1, 2 ORDER BY 1, 2;
\sleep 500 ms
