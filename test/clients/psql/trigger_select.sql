-- One INSERT; its trigger looks up the price for each row.
INSERT INTO sale (id, product_id) SELECT id, product_id FROM items ORDER BY id LIMIT :n;
