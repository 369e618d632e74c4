-- Articles: text, tags, JSON and words to search for; pg_trgm is installed.
CREATE EXTENSION pg_trgm;
CREATE TABLE article (
    id int PRIMARY KEY,
    title text NOT NULL,
    body text NOT NULL,
    tags text[] NOT NULL,
    attributes jsonb NOT NULL,
    words tsvector NOT NULL
);

SELECT setseed(0.5);
INSERT INTO article
    SELECT i, 'title ' || md5(i::text), body,
           ARRAY['tag' || (random() * 3000)::int, 'tag' || (random() * 3000)::int,
                 'tag' || (random() * 3000)::int],
           jsonb_build_object('sku', 'S' || i * 7919 % 60013, 'vendor', (random() * 1000)::int,
                              'color', (ARRAY['red', 'green', 'blue'])[1 + i % 3]),
           to_tsvector('english', body)
    FROM (SELECT i, concat_ws(' ', 'word' || (random() * 5000)::int, 'word' || (random() * 5000)::int,
                              'word' || (random() * 5000)::int, 'and', 'more', 'text') AS body
          FROM generate_series(1, 60000) AS i) AS a;
VACUUM ANALYZE article;
