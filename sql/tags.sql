-- Tags: the comments that applications put into their statements.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_tags;
SET search_path = perfext_tags;
CREATE TABLE t (a int, b text);
RESET client_min_messages;
SELECT perfext.reset() IS NOT NULL AS reset;
-- Each case below counts another number of columns, to be a statement of its own.
CREATE FUNCTION pg_temp.tags(n int) RETURNS jsonb LANGUAGE sql AS $$
    SELECT tags FROM perfext.statements
    WHERE query ~ ('^SELECT ' || repeat('a, ', n - 1) || 'a FROM t')
$$;

-- No comment, no tags; a comment that is none of the formats gives none either.
SELECT a FROM t;
SELECT pg_temp.tags(1) IS NULL AS none;
SELECT a FROM t /* just words, not a tag */;
SELECT pg_temp.tags(1) IS NULL AS none;

-- sqlcommenter: after the statement, quoted, percent-encoded.
SELECT a, a FROM t /*action='%2Fparam*d',controller='index',framework='spring',traceparent='00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01',tracestate='congo%3Dt61rcWkgMzE%2Crojo%3D00f067aa0ba902b7'*/;
SELECT jsonb_pretty(pg_temp.tags(2));
-- Before a semicolon, after a semicolon, at the beginning.
SELECT a, a, a FROM t /*route='%2Fa'*/;
SELECT pg_temp.tags(3);
SELECT a, a, a FROM t; /*route='%2Fb'*/
SELECT a, a, a FROM t /*route='%2Fc'*/ ;
SELECT pg_temp.tags(3);
/*route='%2Fd'*/ SELECT a, a, a FROM t;
SELECT pg_temp.tags(3);
-- Python's quoting doubles percent signs; an escaped quote is part of the value.
SELECT a, a, a, a FROM t /*controller='it%%27s',route='O\'Reilly%%2Fx'*/;
SELECT pg_temp.tags(4);

-- marginalia and Rails' own tags: key:value, no quotes.
SELECT a, a, a, a, a FROM t /*application:Shop,controller:orders,action:index,line:/app/models/order.rb:12:in `all'*/;
SELECT jsonb_pretty(pg_temp.tags(5));
-- Rails, sqlcommenter format.
SELECT a, a, a, a, a, a FROM t /*action='index',application='Shop',controller='orders',job='ImportJob'*/;
SELECT jsonb_pretty(pg_temp.tags(6));
-- Datadog, in front; a plus is a space there.
/*ddps='web+shop',dddbs='orders',dde='prod',ddpv='1.2',traceparent='00-00000000000000000000000000000001-0000000000000002-01'*/ SELECT a, a, a, a, a, a, a FROM t;
SELECT jsonb_pretty(pg_temp.tags(7));

-- The tags are those of the last execution; an execution without comment has none.
SELECT a, a, a, a, a, a, a, a FROM t /*route='one'*/;
SELECT a, a, a, a, a, a, a, a FROM t /*route='two'*/;
SELECT pg_temp.tags(8);
SELECT calls FROM perfext.statements WHERE query ~ '^SELECT (a, ){7}a FROM t';
SELECT a, a, a, a, a, a, a, a FROM t;
SELECT pg_temp.tags(8) IS NULL AS none;
-- The last duplicate key wins.
SELECT a, a, a, a, a, a, a, a FROM t /*route='one',route='two',route='three'*/;
SELECT pg_temp.tags(8);
-- What is in a string is no comment, and what is in the middle does not end it.
SELECT a, a, a, a, a, a, a, a, a FROM t WHERE b = '/*route=''wrong''*/';
SELECT pg_temp.tags(9) IS NULL AS none;

-- A line comment.
SELECT a, a, a, a, a, a, a, a, a, a FROM t --route='line'
;
SELECT pg_temp.tags(10);

-- Hostile comments: valid jsonb or NULL, nothing executed, no error, at most 2 kB.
SELECT a, b FROM t /*k='"}],\u0000\ud800 {'*/;
SELECT a, b FROM t /*k='%00%01%ff%c3%28%ed%a0%80'*/;
SELECT a, b FROM t /*k='%'*/;
SELECT a, b FROM t /*k='%4'*/;
SELECT a, b FROM t /*k='%zz'*/;
SELECT a, b FROM t /*k='open*/;
SELECT a, b FROM t /*k=\'*/;
SELECT a, b FROM t /*=,=,='',:::,,,'*/;
SELECT a, b FROM t /*='x'*/;
SELECT a, b FROM t /*k='v'';DROP TABLE t;--'*/;
SELECT a, b FROM t /* /* nested='x' */ k='v' */;
SELECT a, b FROM t /*k='größe 漢字 %F0%9F%8E%88'*/;
SELECT jsonb_typeof(tags) AS type, octet_length(tags::text) < 2048 AS short FROM perfext.statements WHERE query = 'SELECT a, b FROM t';
SELECT count(*) FROM t;
DO $$
BEGIN
    EXECUTE 'SELECT b, a FROM t /*k=''' || repeat('x', 100000) || '''*/';
    EXECUTE 'SELECT b, a FROM t /*k=''' || repeat('%41', 900) || ''',' || repeat('k=''v'',', 1000) || 'z=''z''*/';
    EXECUTE 'SELECT b, a FROM t /*' || (SELECT string_agg(format('k%s=''%s''', g, g), ',') FROM generate_series(1, 2000) g) || '*/';
    EXECUTE 'SELECT b, a FROM t ' || repeat('/*', 5000) || repeat('*/', 5000);
END $$;
SELECT calls, coalesce(octet_length(tags::text), 0) <= 2048 AS short FROM perfext.statements WHERE query = 'SELECT b, a FROM t';

-- Statements of several in one message have each the tags of its own comments.
SELECT b FROM t /*route='first'*/\; SELECT b, b FROM t /*route='second'*/\; SELECT b, b, b FROM t;
SELECT query, tags FROM perfext.statements WHERE query ~ '^SELECT (b, )*b FROM t$' ORDER BY length(query);

-- Nested statements have the tags of their own texts; utility statements too.
DO $$ BEGIN EXECUTE 'SELECT b, b, b, b FROM t /*route=''nested''*/'; END $$ /*route='outer'*/;
SELECT toplevel, tags FROM perfext.statements WHERE query ~ '^SELECT b, b, b, b FROM t';
SELECT tags FROM perfext.statements WHERE query ~ '^DO' AND tags IS NOT NULL;
VACUUM t /*job='cleaning'*/;
SELECT tags FROM perfext.statements WHERE query = 'VACUUM t';
-- A prepared statement has those of its PREPARE.
PREPARE q AS SELECT b, a, b FROM t /*route='prepared'*/;
EXECUTE q;
EXECUTE q /*route='executed'*/;
SELECT tags FROM perfext.statements WHERE query ~ 'SELECT b, a, b FROM t';

-- No value of a tag is in a text.
SELECT query FROM perfext.statements WHERE query ~ 'route=';
SELECT render_failures, last_error FROM perfext.info;
SET client_min_messages = warning;
DROP SCHEMA perfext_tags CASCADE;
