-- The arena is shared by databases of different encodings: a text is converted when it
-- is read, and what cannot be becomes '?', never an error for the reader of a view.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE DATABASE perfext_latin1 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
CREATE DATABASE perfext_utf8 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
CREATE DATABASE perfext_ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
SELECT perfext.reset() IS NOT NULL AS reset;
\c perfext_latin1
SET client_encoding = 'LATIN1';
SET perfext.node_timing = 'all';
DO $$ BEGIN
    EXECUTE format('CREATE TABLE %I (a int)', 'latin' || chr(233));
    PERFORM 1;
    EXECUTE format('SELECT a FROM %I WHERE a = 1', 'latin' || chr(233));
END $$;
\c perfext_ascii
SET perfext.node_timing = 'all';
DO $$ BEGIN
    EXECUTE format('CREATE TABLE %I (a int)', 'ascii' || convert_from('\xff', 'SQL_ASCII'));
    EXECUTE format('SELECT a FROM %I WHERE a = 1', 'ascii' || convert_from('\xff', 'SQL_ASCII'));
END $$;
\c perfext_utf8
CREATE EXTENSION perfext;
-- In UTF8 the e with an acute accent is two bytes; the byte without meaning is a '?'.
SELECT encode(convert_to(query, 'UTF8'), 'escape') AS query FROM perfext.statements
WHERE query ~ '^SELECT a FROM' AND query ILIKE '%from%' ORDER BY query COLLATE "C";
SELECT encode(convert_to(relname, 'UTF8'), 'escape') AS relname, p.plan IS NOT NULL AS plan
FROM perfext.plan_nodes n JOIN perfext.plans p USING (userid, dbid, queryid, toplevel, planid)
WHERE n.relname ~ '^(latin|ascii)' ORDER BY relname COLLATE "C";
SELECT perfext.report() IS NOT NULL AS report;
\c perfext_latin1
CREATE EXTENSION perfext;
SELECT count(*) > 0 AS readable FROM perfext.statements WHERE length(query) > 0;
\c postgres
SET client_min_messages = warning;
DROP DATABASE perfext_latin1;
DROP DATABASE perfext_utf8;
DROP DATABASE perfext_ascii;
