SELECT category, sum(quantity) AS pieces FROM order_items JOIN products USING (product_id) GROUP BY category ORDER BY pieces DESC LIMIT 10;
