-- A content system: text search, tags, threads, revisions, page views.
SELECT setseed(0.204);
CREATE TABLE article (
    id bigserial PRIMARY KEY,
    slug varchar(200) NOT NULL,
    locale varchar(5) NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    labels text[] NOT NULL,
    meta jsonb NOT NULL,
    published_at timestamptz,
    author_id int NOT NULL,
    views bigint NOT NULL,
    document tsvector GENERATED ALWAYS AS (to_tsvector('english'::regconfig, title)) STORED
);
INSERT INTO article (slug, locale, title, body, labels, meta, published_at, author_id, views)
SELECT 'page-' || md5(n::text), (ARRAY['en', 'de', 'fr', 'es'])[1 + n % 4],
    'About word' || n % 4000 || ' and thing' || n % 7001 || ' ' || md5((n % 997)::text),
    repeat('lorem ipsum ', 12), ARRAY['label' || n % 2500, 'kind' || n % 6],
    jsonb_build_object('sku', 'S' || n % 30000, 'legacy', n % 2, 'size', jsonb_build_object('w', n % 900)),
    CASE WHEN n % 300 <> 0 THEN '2020-01-01'::timestamptz + random() * interval '2000 days' END,
    (1 + random() * 1200)::int, (random() * random() * 100000)::int
FROM generate_series(1, 120000) AS n;
CREATE TABLE comment (
    id bigserial PRIMARY KEY,
    article_id bigint NOT NULL,
    parent_id bigint REFERENCES comment,
    author varchar(40) NOT NULL,
    created_at timestamptz NOT NULL,
    approved boolean NOT NULL,
    spam_score real NOT NULL,
    ip inet NOT NULL,
    body text NOT NULL
);
INSERT INTO comment (article_id, parent_id, author, created_at, approved, spam_score, ip, body)
SELECT (1 + random() * 119999)::int, CASE WHEN n % 5 = 0 AND n > 10 THEN (1 + random() * (n - 2))::int END,
    'nick' || (random() * 20000)::int, '2021-01-01'::timestamptz + random() * interval '1500 days',
    random() > 0.005, random(), '172.16.0.0'::inet + (random() * 60000)::int, repeat('bla ', 15)
FROM generate_series(1, 350000) AS n;
CREATE TABLE revision (
    article_id bigint NOT NULL, version int NOT NULL, editor_id int NOT NULL,
    saved_at timestamp NOT NULL, size int NOT NULL,
    PRIMARY KEY (article_id, version)
);
INSERT INTO revision
SELECT 1 + n % 120000, n / 120000, (1 + random() * 3000)::int,
    '2022-01-01'::timestamp + random() * interval '1400 days', (random() * 9000)::int
FROM generate_series(0, 599999) AS n;
-- the order of time, with a little disorder
CREATE TABLE hit (
    seen_at timestamp NOT NULL, path varchar(80) NOT NULL, status smallint NOT NULL,
    client inet NOT NULL, session_hash bytea NOT NULL, duration_ms int NOT NULL
);
INSERT INTO hit
SELECT '2026-01-01'::timestamp + n * interval '400 ms', '/p/' || (random() * 9000)::int,
    CASE WHEN r < 0.0008 THEN 500 WHEN r < 0.03 THEN 404 ELSE 200 END,
    '192.168.0.0'::inet + (random() * 50000)::int, decode(md5((n / 5)::text), 'hex'), (random() * r * 900)::int
FROM (SELECT n, random() AS r FROM generate_series(1, 1000000) AS n) AS request;
CREATE TABLE setting (name text PRIMARY KEY, value text NOT NULL, scope text NOT NULL);
INSERT INTO setting SELECT 'name' || n, 'value', 's' || n % 9 FROM generate_series(1, 180) AS n;
VACUUM ANALYZE;
