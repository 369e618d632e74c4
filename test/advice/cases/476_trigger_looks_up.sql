-- A trigger that looks something up for each row.
-- schema: campus
-- run: 20
-- accept: student USING btree (login)
-- accept: student USING hash (login)

-- setup
CREATE TABLE wish (id serial PRIMARY KEY, login text NOT NULL, student_id int);
CREATE FUNCTION find_student() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT id INTO NEW.student_id FROM student WHERE login = NEW.login;
    RETURN NEW;
END $$;
CREATE TRIGGER wish_student BEFORE INSERT ON wish FOR EACH ROW EXECUTE FUNCTION find_student();
-- workload
\set i random(1, 24000)
INSERT INTO wish (login) SELECT 'u' || substr(md5(n::text), 1, 8) FROM generate_series(:i, :i + 4) n;
