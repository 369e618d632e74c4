-- A temporary table is gone with the session.
-- schema: clinic
-- run: 10
-- none: the table is temporary
-- obvious: patient USING btree (email)

-- workload
CREATE TEMP TABLE mine AS SELECT id, email, phone FROM patient;
SELECT id FROM mine WHERE email = 'P777@Mail57.example';
SELECT id FROM mine WHERE phone = '0100006151';
DROP TABLE mine;
