-- What judges proposals, in each case's database: definitions are compared in the words in which
-- PostgreSQL writes the index down, so labels and proposals may be written in any.
CREATE SCHEMA advice;

-- The indexes that the DDL would leave behind, as "table USING method (...) ...": made on emptied
-- tables and taken back. A DDL that does not run gives one element that says so.
CREATE FUNCTION advice.normal_forms(ddl text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    forms text[];
    before oid[] := array(SELECT indexrelid FROM pg_index);
BEGIN
    BEGIN
        EXECUTE (
            SELECT 'TRUNCATE ' || string_agg(oid::regclass::text, ', ') || ' CASCADE'
            FROM pg_class
            WHERE relkind IN ('r', 'p') AND relpersistence = 'p'
              AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace));
        -- both wait for other transactions, which a function cannot
        EXECUTE regexp_replace(ddl, '\mCONCURRENTLY\M', '', 'gi');
        forms := array(
            SELECT regexp_replace(pg_get_indexdef(oid), '^CREATE (UNIQUE )?INDEX .*? ON (ONLY )?(public\.)?', '')
            FROM pg_class
            WHERE relkind IN ('i', 'I') AND oid <> ALL (before) AND NOT relispartition
              AND relnamespace <> 'pg_toast'::regnamespace
            ORDER BY 1);
        RAISE EXCEPTION USING errcode = 'AD001';
    EXCEPTION
        WHEN SQLSTATE 'AD001' THEN NULL;
        WHEN OTHERS THEN forms := ARRAY[format('"%s" fails: %s', ddl, SQLERRM)];
    END;
    RETURN forms;
END
$$;

-- A label's definition; the key (*) stands for any.
CREATE FUNCTION advice.label_ddl(label text) RETURNS text LANGUAGE sql AS $$
    SELECT 'CREATE INDEX ON ' || replace(label, '(*)', format('(%I)', (
        SELECT attname FROM pg_attribute
        WHERE attrelid = split_part(label, ' USING ', 1)::regclass AND attnum = 1)))
$$;

CREATE FUNCTION advice.any_key(form text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(form, ' \(.*\)( WHERE .*)?$', ' (*)\1')
$$;

CREATE FUNCTION advice.label_form(label text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN label LIKE '%(*)%' THEN advice.any_key(form) ELSE form END
    FROM unnest(advice.normal_forms(advice.label_ddl(label))) AS form
$$;

-- accepted: one answer a line, in it the indexes with " + " between them; empty: none.
-- verdict: right; wrong (missing, or another index); extra (an index that no label asks for: none
-- was wanted, or it comes beside an accepted answer).
CREATE FUNCTION advice.judge(accepted text, proposals text[], OUT verdict text, OUT got text[])
LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    wanted text[];
    found int;
BEGIN
    got := array(SELECT form FROM unnest(proposals) AS ddl, unnest(advice.normal_forms(ddl)) AS form
                 ORDER BY form);
    verdict := CASE WHEN got = '{}' AND accepted = '' THEN 'right'
                    WHEN accepted = '' THEN 'extra' ELSE 'wrong' END;
    FOREACH answer IN ARRAY string_to_array(accepted, E'\n') LOOP
        wanted := array(SELECT advice.label_form(label)
                        FROM unnest(string_to_array(answer, ' + ')) AS label);
        SELECT count(*) INTO found FROM unnest(wanted) AS form
        WHERE form = ANY (got)
           OR form IN (SELECT advice.any_key(proposal) FROM unnest(got) AS proposal);
        IF found = cardinality(wanted) THEN
            verdict := CASE WHEN cardinality(got) = found THEN 'right' ELSE 'extra' END;
            EXIT WHEN verdict = 'right';
        END IF;
    END LOOP;
END
$$;

-- For the check of the labels: an answer's indexes built, and dropped again.
CREATE FUNCTION advice.build(answer text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    place bigint;
    label text;
BEGIN
    FOR label, place IN SELECT * FROM unnest(string_to_array(answer, ' + ')) WITH ORDINALITY LOOP
        EXECUTE replace(advice.label_ddl(label), 'CREATE INDEX ON', 'CREATE INDEX advice_' || place || ' ON');
    END LOOP;
END
$$;

CREATE FUNCTION advice.drop_built() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    built regclass;
BEGIN
    FOR built IN SELECT oid FROM pg_class
        WHERE relname ~ '^advice_[0-9]+$' AND relkind IN ('i', 'I') AND NOT relispartition
    LOOP
        EXECUTE format('DROP INDEX %s', built);
    END LOOP;
END
$$;
