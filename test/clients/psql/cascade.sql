-- One DELETE; the foreign keys look up what refers to each row.
DELETE FROM category WHERE id > 4000 - :n AND id <= 4000;
INSERT INTO category SELECT i, 'branch ' || i - 1000, (i - 1000 + 1) / 3 + 1000
	FROM generate_series(4000 - :n + 1, 4000) AS i;
