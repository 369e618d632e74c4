SELECT * FROM (SELECT orders.*, row_number() OVER (PARTITION BY country, status ORDER BY ordered_at DESC) AS place FROM orders) AS ranked WHERE place <= 100;
\sleep 500 ms
