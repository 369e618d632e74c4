-- A group of clinics: patients, appointments, laboratory results, prescriptions.
SELECT setseed(0.31);

CREATE TABLE clinic (
    id int PRIMARY KEY,
    name text NOT NULL,
    city text NOT NULL
);
INSERT INTO clinic SELECT i, 'Clinic ' || i, 'City ' || i % 12 FROM generate_series(1, 40) i;

CREATE TABLE practitioner (
    id int PRIMARY KEY,
    clinic_id int NOT NULL REFERENCES clinic,
    name text NOT NULL,
    specialty text NOT NULL
);
INSERT INTO practitioner
SELECT i, 1 + i % 40, 'Dr ' || md5(i::text), 'specialty ' || i % 25 FROM generate_series(1, 600) i;

CREATE TABLE patient (
    id int PRIMARY KEY,
    mrn text NOT NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    email text NOT NULL,
    phone text NOT NULL,
    born date NOT NULL,
    gender char(1) NOT NULL,
    deceased_at timestamptz,
    blocked boolean NOT NULL,
    balance numeric(10,2) NOT NULL,
    address jsonb NOT NULL
);
INSERT INTO patient
SELECT i, 'M' || lpad((i * 7919 % 999983)::text, 7, '0'), initcap(substr(md5(i || 'f'), 1, 6)),
       initcap(substr(md5(i % 30000 || 'l'), 1, 9)), 'P' || i || '@Mail' || i % 90 || '.example',
       '0' || (100000000 + i * 6151 % 899999981), date '1930-01-01' + (random() * 33000)::int,
       CASE WHEN random() < 0.5 THEN 'F' ELSE 'M' END,
       CASE WHEN random() < 0.003 THEN timestamptz '2020-01-01' + random() * interval '4 years' END,
       random() < 0.004, (random() * 4000)::numeric(10,2),
       jsonb_build_object('street', 'Street ' || i % 4000, 'postcode', (10000 + i * 31 % 20011)::text,
                          'country', CASE WHEN i % 50 = 0 THEN 'AT' ELSE 'DE' END)
FROM generate_series(1, 80000) i;

CREATE TABLE appointment (
    id bigint PRIMARY KEY,
    patient_id int NOT NULL,
    practitioner_id int NOT NULL,
    clinic_id int NOT NULL,
    starts_at timestamptz NOT NULL,
    slot tstzrange NOT NULL,
    status text NOT NULL,
    channel smallint NOT NULL,
    cancelled_at timestamptz,
    notes text NOT NULL
);
INSERT INTO appointment
SELECT i, 1 + (random() * 79999)::int, p, 1 + p % 40, t, tstzrange(t, t + interval '25 minutes'),
       CASE WHEN s < 0.9 THEN 'done' WHEN s < 0.98 THEN 'cancelled' WHEN s < 0.995 THEN 'no_show'
            ELSE 'pending' END,
       (random() * 4)::smallint, CASE WHEN s >= 0.9 AND s < 0.98 THEN t - random() * interval '20 days' END,
       md5(i::text)
FROM (SELECT i, 1 + (random() * 599)::int AS p, random() AS s,
             timestamptz '2022-01-01' + random() * interval '900 days' AS t
      FROM generate_series(1, 240000) i) AS made;

CREATE TABLE lab_result (
    id bigint PRIMARY KEY,
    appointment_id bigint NOT NULL,
    code text NOT NULL,
    taken_at timestamp NOT NULL,
    value numeric(9,3) NOT NULL,
    flags text[] NOT NULL,
    payload jsonb NOT NULL
);
INSERT INTO lab_result
SELECT i, 1 + (random() * 239999)::int, 'L' || (random() * 300)::int,
       timestamp '2022-01-01' + random() * interval '900 days', (random() * 500)::numeric(9,3),
       ARRAY['f' || (random() * 400)::int, 'g' || (random() * 9)::int],
       jsonb_build_object('device', 'd' || (random() * 700)::int, 'batch', (random() * 9000)::int)
FROM generate_series(1, 200000) i;

CREATE TABLE drug (
    id int PRIMARY KEY,
    code varchar(12) NOT NULL,
    name text NOT NULL
);
INSERT INTO drug SELECT i, 'D' || lpad(i::text, 6, '0'), 'drug ' || md5(i::text)
FROM generate_series(1, 3000) i;

CREATE TABLE prescription (
    id uuid PRIMARY KEY,
    patient_id int NOT NULL,
    drug_id int NOT NULL REFERENCES drug ON DELETE CASCADE,
    issued date NOT NULL,
    days int NOT NULL,
    refills int,
    repeat_of uuid
);
INSERT INTO prescription
SELECT md5('r' || i)::uuid, 1 + (random() * 79999)::int, 1 + (random() * 2900)::int,
       date '2021-01-01' + (random() * 1200)::int, 7 + (random() * 90)::int,
       CASE WHEN random() < 0.7 THEN (random() * 12)::int END,
       CASE WHEN i % 3 > 0 THEN md5('r' || (i - i % 3))::uuid END
FROM generate_series(1, 120000) i;

CREATE TABLE access_log (
    id bigint PRIMARY KEY,
    patient_id int NOT NULL,
    who text NOT NULL,
    at timestamptz NOT NULL
);
INSERT INTO access_log SELECT i, 1 + (random() * 79999)::int, 'user' || i % 300,
       timestamptz '2024-01-01' + i * interval '30 seconds' FROM generate_series(1, 40000) i;

VACUUM ANALYZE;
