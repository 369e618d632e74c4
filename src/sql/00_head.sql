/* perfext--1.0.sql, put together by the Makefile from src/sql */

\echo Use "CREATE EXTENSION perfext" to load this file. \quit

CREATE SCHEMA perfext;

COMMENT ON SCHEMA perfext IS
    'perfext: what is slow, where inside, why, and what to do about it; start with perfext.recommendations';

GRANT USAGE ON SCHEMA perfext TO PUBLIC;

