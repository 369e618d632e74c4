-- A school: tables of a few thousand to some ten thousand rows, messages with words.
SELECT setseed(0.5);

CREATE TABLE course (
    id int PRIMARY KEY,
    code text NOT NULL UNIQUE,
    dept text NOT NULL,
    credits int NOT NULL
);
INSERT INTO course SELECT i, 'C' || i, 'dept ' || i % 15, 1 + i % 10 FROM generate_series(1, 400) i;

CREATE TABLE student (
    id int PRIMARY KEY,
    login text NOT NULL,
    family_name text NOT NULL,
    given_name text NOT NULL,
    born date NOT NULL,
    advisor_id int,
    enrolled date NOT NULL,
    country char(2) NOT NULL,
    gpa real NOT NULL
);
INSERT INTO student
SELECT i, 'u' || substr(md5(i::text), 1, 8), 'N' || (random() * 4000)::int, 'G' || (random() * 300)::int,
       date '1985-01-01' + (random() * 7000)::int, CASE WHEN random() < 0.9 THEN (random() * 250)::int END,
       date '2015-09-01' + i / 10, (ARRAY['DE', 'FR', 'IT', 'PL'])[1 + i % 4], (random() * 4)::real
FROM generate_series(1, 25000) i;

CREATE TABLE enrollment (
    student_id int NOT NULL,
    course_id int NOT NULL,
    term int NOT NULL,
    grade numeric(3,1),
    attempt int NOT NULL,
    PRIMARY KEY (student_id, course_id, term)
);
INSERT INTO enrollment
SELECT s, c, 2015 + (random() * 9)::int, CASE WHEN random() < 0.97 THEN (1 + random() * 4)::numeric(3,1) END,
       1 + (random() * 1.2)::int
FROM (SELECT DISTINCT 1 + (random() * 24999)::int AS s, 1 + (random() * 399)::int AS c
      FROM generate_series(1, 160000)) AS made;

CREATE TABLE message (
    id int PRIMARY KEY,
    sender_id int NOT NULL,
    receiver_id int NOT NULL,
    sent timestamp NOT NULL,
    read_at timestamp,
    priority int NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    words tsvector NOT NULL
);
INSERT INTO message
SELECT i, 1 + (random() * 24999)::int, 1 + (random() * 24999)::int, timestamp '2023-01-01' + i * interval '7 minutes',
       CASE WHEN random() < 0.985 THEN timestamp '2023-01-01' + (i + 50) * interval '7 minutes' END,
       (power(random(), 6) * 10)::int, subject, subject || ' ' || md5(i::text), to_tsvector('simple', subject)
FROM (SELECT i, 'w' || (random() * 3000)::int || ' w' || (random() * 3000)::int || ' v' || (random() * 20)::int AS subject
      FROM generate_series(1, 70000) i) AS made;

CREATE TABLE book (
    isbn varchar(13) PRIMARY KEY,
    title text NOT NULL,
    author text NOT NULL,
    shelf int NOT NULL,
    price numeric(8,2) NOT NULL
);
INSERT INTO book
SELECT '978' || lpad(i::text, 10, '0'), 'The ' || md5('t' || i), 'A' || (random() * 5000)::int, (random() * 200)::int,
       (random() * 90)::numeric(8,2)
FROM generate_series(1, 30000) i;

CREATE TABLE loan (
    id int PRIMARY KEY,
    isbn varchar(13) NOT NULL REFERENCES book,
    student_id int NOT NULL REFERENCES student,
    taken date NOT NULL,
    returned date
);
INSERT INTO loan
SELECT i, '978' || lpad((1 + (random() * 29998)::int)::text, 10, '0'), 1 + (random() * 24999)::int, d,
       CASE WHEN random() < 0.99 THEN d + 20 END
FROM (SELECT i, date '2018-01-01' + i / 40 AS d FROM generate_series(1, 90000) i) AS made;

VACUUM ANALYZE;
