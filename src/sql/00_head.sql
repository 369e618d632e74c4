/* perfext--1.0.sql, put together by the Makefile from src/sql */

\echo Use "CREATE EXTENSION perfext" to load this file. \quit

/* The literals of views are read as the whole script is, before a setting could be made in it. */
DO $$
BEGIN
    IF pg_catalog.current_setting('standard_conforming_strings') OPERATOR(pg_catalog.=) 'off' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'perfext cannot be created with standard_conforming_strings = off',
            HINT = 'SET standard_conforming_strings = on, and CREATE EXTENSION once more. '
                'What it makes works with either setting then.';
    END IF;
END
$$;

CREATE SCHEMA perfext;

COMMENT ON SCHEMA perfext IS
    'perfext: what is slow, where inside, why, and what to do about it; start with perfext.recommendations';

GRANT USAGE ON SCHEMA perfext TO PUBLIC;

