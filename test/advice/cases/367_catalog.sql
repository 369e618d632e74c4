-- The system's own tables.
-- schema: clinic
-- run: 60
-- none: a system table
-- obvious: patient USING btree (email)

-- setup
DO $$BEGIN FOR i IN 1..700 LOOP EXECUTE format('CREATE TABLE copy_%s (a int, b int, c int, d text, e text, f int)', i); END LOOP; END$$;
ANALYZE pg_attribute;
-- workload
SELECT attrelid::regclass FROM pg_attribute WHERE attname = 'mrn' AND NOT attisdropped;
