/*
 * Repeated statements written as one: texts only, so that nothing is executed, planned or
 * looked up but types of columns. The texts are those of perfext.statements, where $n
 * stands for values. Whatever a text holds, these functions raise no error: what they do not
 * understand they answer with NULL, or with the form that is right for any text (LATERAL).
 */

-- A name of SQL, or several with dots between; not greedy or lazy by itself
CREATE FUNCTION perfext.rewrite_pattern(pattern text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- NAME in the pattern stands for a name; matched without regard to case
    RETURN '(?i)' || replace(pattern, 'NAME',
        '(?:(?:"(?:[^"]|"")+"|[[:alpha:]_][[:alnum:]_]*)[.])*(?:"(?:[^"]|"")+"'
            '|[[:alpha:]_][[:alnum:]_]*)');
END
$$;

COMMENT ON FUNCTION perfext.rewrite_pattern(text) IS
    'A regular expression in which NAME stands for a name of SQL, qualified or not';

CREATE FUNCTION perfext.rewrite_quote(content text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
BEGIN
    RETURN regexp_replace(content, '([]!-/:-@\\^`{-~[])', '\\\1', 'g');
END
$$;

COMMENT ON FUNCTION perfext.rewrite_quote(text) IS
    'A text as a regular expression that matches it alone';

CREATE FUNCTION perfext.rewrite_replace(content text, what text, by text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
BEGIN
    -- $1 is not the beginning of $10, nor id that of bid
    RETURN regexp_replace(content, '(^|[^[:alnum:]_."])' || perfext.rewrite_quote(what)
        || '(?![[:alnum:]_])', '\1' || replace(by, '\', '\\'));
END
$$;

COMMENT ON FUNCTION perfext.rewrite_replace(text, text, text) IS
    'A text with the first occurrence of some of its words replaced';

-- Comparisons as most programs write them: without brackets around, and each by itself
CREATE FUNCTION perfext.rewrite_unwrap(query text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
DECLARE
    value text := '\$\d+(?:::[[:alnum:]_]+)?';
    rest text := '(?=\s*(?:$|\)|[[:alpha:]]))';
BEGIN
    RETURN regexp_replace(regexp_replace(query,
        perfext.rewrite_pattern('(\m(?:where|and)\s*)\(\s*(NAME)\s*,\s*(NAME)\s*\)\s*=\s*'
            || '\(\s*(' || value || ')\s*,\s*(' || value || ')\s*\)' || rest),
        '\1\2 = \4 AND \3 = \5', 'g'),
        perfext.rewrite_pattern('(\mwhere)\s*\(\s*(NAME\s*=\s*' || value || ')\s*\)' || rest),
        '\1 \2', 'g');
END
$$;

COMMENT ON FUNCTION perfext.rewrite_unwrap(text) IS
    'A statement with WHERE (id = $1) and (a, b) = ($1, $2) written as id = $1 and a = $1 AND b = $2';

-- What can be worked on: a whole text that its reader may see
CREATE FUNCTION perfext.rewrite_text(query text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
BEGIN
    -- a text of 32 kB was cut; "[...]" and "<...>" stand for what is not known
    RETURN CASE WHEN octet_length(query) < 16000
            AND query !~ '^\s*<|[.][.][.]\s*$|[$]\d{4}'
        THEN nullif(perfext.rewrite_unwrap(regexp_replace(regexp_replace(
            regexp_replace(query, '^[\s;]+|[\s;]+$', '', 'g'),
            '^prepare\s+[^\s(]+\s*(\([^)]*\))?\s*\mas\s+', '', 'i'),
            '^copy\s*\(\s*(select\M.*|with\M.*|values\M.*)\)\s*to\s+stdout\M.*$', '\1', 'i')),
            '') END;
END
$$;

COMMENT ON FUNCTION perfext.rewrite_text(text) IS
    'A statement''s text without PREPARE or COPY, blanks and semicolons around it; NULL when it is not whole '
        'or not to be seen';

-- Which parameters a text has: the n-th character is 1 for $n
CREATE FUNCTION perfext.rewrite_parameter_set(query text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
DECLARE
    present text := repeat('0', 999);
    rest text := query;
    part text[];
BEGIN
    LOOP
        part := regexp_match(rest, '[$](\d{1,3})(?!\d)(.*)$');
        EXIT WHEN part IS NULL;
        IF part[1]::integer > 0 THEN
            present := overlay(present PLACING '1' FROM part[1]::integer FOR 1);
        END IF;
        rest := part[2];
    END LOOP;
    RETURN present;
END
$$;

COMMENT ON FUNCTION perfext.rewrite_parameter_set(text) IS
    'The parameters $n of a text, as a text whose n-th character is 1';

CREATE FUNCTION perfext.rewrite_parameters(query text)
RETURNS integer
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN length(replace(perfext.rewrite_parameter_set(query), '0', ''));
END
$$;

COMMENT ON FUNCTION perfext.rewrite_parameters(text) IS
    'How many different parameters $n a text has';

CREATE FUNCTION perfext.rewrite_number(query text, before integer)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
DECLARE
    present text := perfext.rewrite_parameter_set(query);
    rest text := query;
    result text := '';
    part text[];
BEGIN
    LOOP
        part := regexp_match(rest, '^(.*?)[$](\d{1,3})(?!\d)(.*)$');
        EXIT WHEN part IS NULL;
        result := result || part[1] || '$'
            || before + length(replace(left(present, part[2]::integer), '0', ''));
        rest := part[3];
    END LOOP;
    RETURN result || rest;
END
$$;

COMMENT ON FUNCTION perfext.rewrite_number(text, integer) IS
    'A text whose parameters $n are numbered without gaps, after so many others';

-- The part of a query after its first WHERE; all of it when there is none
CREATE FUNCTION perfext.rewrite_where(query text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
BEGIN
    RETURN coalesce(substring(query FROM '(?i)\mwhere\M(.*)$'), query);
END
$$;

COMMENT ON FUNCTION perfext.rewrite_where(text) IS
    'What a statement says after WHERE';

-- As part of a text it is one condition: lower(id) = $1, id::text = $1 and id = $1 + $2 are others
CREATE FUNCTION perfext.rewrite_condition(pattern text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
BEGIN
    RETURN perfext.rewrite_pattern('(?:^|[(,]|\m(?:and|or|not|where|on|having|when)\M)\s*('
        || pattern || ')(?![[:alnum:]_".])(?!\s*[-+*/%^|:<>#&~@?!=([])');
END
$$;

COMMENT ON FUNCTION perfext.rewrite_condition(text) IS
    'A regular expression, as of rewrite_pattern(), whose first part is a whole condition';

/*
 * The comparison of a key with a parameter, as it stands in the text: the one with this
 * parameter, else with this column, else the only or most key-like one.
 */
CREATE FUNCTION perfext.rewrite_comparison(query text, parameter integer, key_column text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
DECLARE
    conditions text := perfext.rewrite_where(query);
    of text := '\$' || nullif(parameter, 0) || '(?!\d)(?:::[[:alnum:]_]+)?';
    col text := '(?:(?:"(?:[^"]|"")+"|[[:alpha:]_][[:alnum:]_]*)[.])*"?'
        || perfext.rewrite_quote(key_column) || '"?(?![[:alnum:]_])';
    any_of text := '\$\d+(?:::[[:alnum:]_]+)?';
BEGIN
    RETURN coalesce(
        substring(conditions FROM perfext.rewrite_condition('NAME\s*=\s*' || of)),
        substring(conditions FROM perfext.rewrite_condition(of || '\s*=\s*NAME')),
        substring(conditions FROM perfext.rewrite_condition('NAME\s+in\s*\(\s*' || of
            || '\s*\)')),
        substring(conditions FROM perfext.rewrite_condition(col || '\s*=\s*' || any_of)),
        substring(conditions FROM perfext.rewrite_condition(any_of || '\s*=\s*' || col)),
        substring(conditions FROM perfext.rewrite_condition(col || '\s+in\s*\(\s*' || any_of
            || '\s*\)')),
        CASE WHEN key_column IS NULL THEN coalesce(
            substring(conditions FROM perfext.rewrite_condition(
                '(?:(?:"(?:[^"]|"")+"|[[:alpha:]_][[:alnum:]_]*)[.])*'
                '"?(?:[[:alnum:]_]*_)?(?:id|uuid|key)"?\s*=\s*' || any_of)),
            substring(conditions FROM perfext.rewrite_condition('NAME\s*=\s*' || any_of)))
        END);
END
$$;

COMMENT ON FUNCTION perfext.rewrite_comparison(text, integer, text) IS
    'The comparison of a statement''s key with a value, as in author_id = $1; NULL: none is found';

CREATE FUNCTION perfext.rewrite_key(comparison text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
BEGIN
    RETURN coalesce(substring(comparison FROM perfext.rewrite_pattern('^(NAME)')),
        substring(comparison FROM perfext.rewrite_pattern('=\s*(NAME)$')));
END
$$;

COMMENT ON FUNCTION perfext.rewrite_key(text) IS
    'The key''s column in such a comparison, qualified if it was';

CREATE FUNCTION perfext.rewrite_name(qualified text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce(substring(qualified FROM '("(?:[^"]|"")+")$'),
        substring(qualified FROM '([^.]*)$'));
END
$$;

COMMENT ON FUNCTION perfext.rewrite_name(text) IS
    'The last part of a qualified name';

/*
 * A key of two columns: another comparison of the child with a column that the parent returns
 * under the same name. Each row has its own value there, too.
 */
CREATE FUNCTION perfext.rewrite_second_key(parent_query text, child_query text, comparison text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
DECLARE
    list text := (regexp_match(parent_query, '^select\s+(.*?)\s+from\s', 'i'))[1];
    part text[];
BEGIN
    FOR part IN
        SELECT regexp_matches(perfext.rewrite_where(child_query),
            perfext.rewrite_condition('NAME\s*=\s*\$\d+(?:::[[:alnum:]_]+)?'), 'g')
    LOOP
        IF part[1] <> comparison AND list ~* ('(^|[^[:alnum:]_])"?' || perfext.rewrite_quote(
                btrim(perfext.rewrite_name(perfext.rewrite_key(part[1])), '"'))
                || '"?\s*(,|$)') THEN
            RETURN part[1];
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION perfext.rewrite_second_key(text, text, text) IS
    'Another comparison of a statement with a column that the one before it returns; NULL: none';

CREATE FUNCTION perfext.rewrite_list(comparison text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
DECLARE
    value text := substring(comparison FROM '\$\d+(?:::[[:alnum:]_]+)?');
BEGIN
    RETURN perfext.rewrite_key(comparison) || ' = ANY (' || value
        || CASE WHEN value ~ '::' THEN '[]' ELSE '' END || ')';
END
$$;

COMMENT ON FUNCTION perfext.rewrite_list(text) IS
    'The comparison with a list instead of one value: author_id = ANY ($1)';

-- The SELECT list: what comes before the first FROM; NULL when that is not sure
CREATE FUNCTION perfext.rewrite_select_list(query text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
DECLARE
    list text := (regexp_match(query, '^select\s+(.*?)\s+from\s', 'i'))[1];
BEGIN
    RETURN CASE WHEN length(replace(list, '(', '')) = length(replace(list, ')', ''))
        AND list !~* '^(distinct|all)\M|\mselect\M' THEN list END;
END
$$;

COMMENT ON FUNCTION perfext.rewrite_select_list(text) IS
    'The list of a plain SELECT; NULL for others';

-- Does the query ask for all rows of a condition, and for nothing that depends on all of them?
CREATE FUNCTION perfext.rewrite_is_plain(query text)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
BEGIN
    RETURN perfext.rewrite_select_list(query) IS NOT NULL
        AND query !~* '\m(group\s+by|having|union|intersect|except|window|over|offset|distinct'
            '|with|for\s+(no\s+key\s+)?(update|share|key))\M'
        AND query !~* '\(\s*select\M';
END
$$;

COMMENT ON FUNCTION perfext.rewrite_is_plain(text) IS
    'Is it a SELECT without subqueries, groups, sets and windows?';

CREATE FUNCTION perfext.rewrite_is_aggregate(query text)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
BEGIN
    -- without GROUP BY all is one, wherever in the list the aggregate stands
    RETURN perfext.rewrite_select_list(query)
        ~* ('\m(count|sum|avg|min|max|every|any_value|mode|corr|(bool|bit)_(and|or|xor)'
            '|(array|string|json|jsonb|json_object|jsonb_object|xml|range|range_intersect)_?agg'
            '|(stddev|var|covar)(_pop|_samp)?|variance|regr_[a-z0-9]+|percentile_(cont|disc))\s*\(');
END
$$;

COMMENT ON FUNCTION perfext.rewrite_is_aggregate(text) IS
    'Does a SELECT return an aggregate?';

-- ORDER BY 1: a place in the list, which must stay where it is
CREATE FUNCTION perfext.rewrite_has_places(query text)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
BEGIN
    RETURN (query) ~* ('\m(order|group)\s+by\s+([^()]*,\s*)?\$\d+\s*'
        '($|[,);]|\m(asc|desc|nulls|limit|offset|fetch|for|having|order)\M)');
END
$$;

COMMENT ON FUNCTION perfext.rewrite_has_places(text) IS
    'Does a query order or group by numbers of columns?';

CREATE FUNCTION perfext.rewrite_without_limit(query text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
BEGIN
    RETURN regexp_replace(query,
        '\s+(limit\s+(\$\d+|all)|fetch\s+(first|next)\s+(\$\d+\s+)?rows?\s+only)\s*$', '', 'i');
END
$$;

COMMENT ON FUNCTION perfext.rewrite_without_limit(text) IS
    'A query without the LIMIT at its end';

CREATE FUNCTION perfext.rewrite_without_order(query text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
BEGIN
    RETURN regexp_replace(query, '\s+order\s+by\s+[^()]*$', '', 'i');
END
$$;

COMMENT ON FUNCTION perfext.rewrite_without_order(text) IS
    'A query without the ORDER BY at its end';

/* All keys at once: what the loop's statement becomes when it gets a list */
CREATE FUNCTION perfext.rewrite_batch(query text, parameter integer, key_column text,
                                      key_type text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
DECLARE
    child text := perfext.rewrite_text(query);
    comparison text := perfext.rewrite_comparison(child, parameter, key_column);
    key text := perfext.rewrite_key(comparison);
    listed text := perfext.rewrite_replace(child, comparison, perfext.rewrite_list(comparison));
    free text := perfext.rewrite_without_limit(listed);
    list text := perfext.rewrite_select_list(free);
    locking text := substring(free FROM
        '(?i)\s+(for\s+(?:no\s+key\s+)?(?:update|share|key\s+share)(?:\s+nowait)?)\s*$');
    unlocked text := left(free, -length(locking) - 1);
    has_key boolean := list ~ '^([^()]+[.])?[*]$' OR list ~* ('(^|[^[:alnum:]_])"?'
        || perfext.rewrite_quote(btrim(perfext.rewrite_name(key), '"')) || '"?($|[^[:alnum:]_])');
    inner_from text := substring(free FROM
        '(?i)^select\s+exists\s*\(\s*select\s+(?:[^()]|\([^()]*\))*?\s+(from\s.*)\)\s*'
            '(?:as\s+\S+)?$');
BEGIN
    RETURN perfext.rewrite_number(CASE
        WHEN comparison IS NULL OR child !~* '^(select|with|delete|update)\M'
            OR child ~* '^with\M.*\m(insert|update|delete|merge)\M' THEN NULL
        WHEN child ~* '^(delete|update)\M' THEN listed
        -- is there any? ask which have some
        WHEN inner_from IS NOT NULL THEN
            'SELECT DISTINCT ' || key || ' ' || perfext.rewrite_without_limit(inner_from)
        WHEN perfext.rewrite_is_plain(free) AND list ~* '^\(?\s*\$\d+\s*\)?(\s+as\s+\S+)?$' THEN
            regexp_replace(perfext.rewrite_without_order(free), '^select\s+(.*?)(?=\s+from\s)',
                'SELECT DISTINCT ' || replace(key, '\', '\\'), 'i')
        -- one group for each key
        WHEN perfext.rewrite_is_plain(free) AND perfext.rewrite_is_aggregate(free) THEN
            regexp_replace(perfext.rewrite_without_order(free), '^select\s+',
                'SELECT ' || replace(key, '\', '\\') || ', ', 'i') || ' GROUP BY ' || key
        -- rows are locked in the same order by all
        WHEN free = listed AND perfext.rewrite_is_plain(unlocked)
            AND unlocked !~* '\morder\s+by\M' THEN
            CASE WHEN has_key THEN unlocked
                ELSE regexp_replace(unlocked, '^select\s+', 'SELECT ' || replace(key, '\', '\\')
                    || ', ', 'i') END || ' ORDER BY ' || key || ' ' || locking
        -- as many rows for each key, and columns at their places
        WHEN NOT perfext.rewrite_is_plain(free) OR free <> listed
            OR (perfext.rewrite_has_places(free) AND NOT has_key) THEN
            format('SELECT key.id AS key, one.*' || E'\n' || 'FROM unnest(%s%s) AS key (id)' ||
                E'\n'
                || 'CROSS JOIN LATERAL (%s) AS one',
                substring(comparison FROM '\$\d+'),
                '::' || coalesce(key_type || '[]',
                    substring(comparison FROM '::([[:alnum:]_]+)') || '[]', 'bigint[]'),
                perfext.rewrite_replace(child, comparison, key || ' = key.id'))
        -- whose row is it? the key says it
        WHEN has_key THEN free
        ELSE regexp_replace(free, '^select\s+', 'SELECT ' || replace(key, '\', '\\') || ', ', 'i')
    END, 0) || ';' || CASE WHEN perfext.rewrite_is_plain(free)
        AND perfext.rewrite_is_aggregate(free) AND child !~* '^(delete|update)\M'
        THEN '  -- of a key without rows there is none: its count is 0' ELSE '' END;
END
$$;

COMMENT ON FUNCTION perfext.rewrite_batch(text, integer, text, text) IS
    'The statement that asks for a list of keys at once instead of one; NULL when its key is not '
        'found';

-- How the parent's column is called in the parent's result
CREATE FUNCTION perfext.rewrite_output_name(query text, of_table text, of_column text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
BEGIN
    RETURN coalesce(
        substring(query FROM '(?i)"?' || perfext.rewrite_quote(of_table) || '"?[.]"?'
            || perfext.rewrite_quote(of_column) || '"?\s+as\s+("(?:[^"]|"")+"|[[:alnum:]_]+)'),
        substring(query FROM '(?i)(?:^|[^[:alnum:]_])"?'
            || perfext.rewrite_quote(of_column) || '"?\s+as\s+("(?:[^"]|"")+"|[[:alnum:]_]+)'),
        quote_ident(of_column));
END
$$;

COMMENT ON FUNCTION perfext.rewrite_output_name(text, text, text) IS
    'Name under which a query returns a column of a table';

-- A statement as something that can stand in FROM; NULL when that cannot be
CREATE FUNCTION perfext.rewrite_source(query text, alias text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
DECLARE
    whole text := regexp_replace(query, '^declare\s.*?\mfor\s+(?=select\M|with\M|values\M)', '',
        'i');
    whole_table text := substring(whole FROM
        perfext.rewrite_pattern('^select\s+(?:NAME[.])?[*]\s+from\s+(NAME)$'));
BEGIN
    RETURN CASE
        WHEN whole_table IS NOT NULL THEN 'FROM ' || whole_table || ' AS ' || alias
        WHEN whole ~* '^(select|with|values|table)\M' THEN
            E'FROM (\n    ' || regexp_replace(whole,
                '\s+for\s+(no\s+key\s+)?(update|share|key\s+share)\M.*$', '', 'i')
                || E'\n) AS ' || alias
    END;
END
$$;

COMMENT ON FUNCTION perfext.rewrite_source(text, text) IS
    'FROM with a query, or with its table when it is nothing else';

/*
 * Parent and child as one query. The child's key comparison goes to ON where that can be
 * taken out of its text; else the child stays whole, as LATERAL.
 */
CREATE FUNCTION perfext.rewrite_join(parent_query text, child_query text, parent_table text,
                                     parent_column text, parameter integer, key_column text,
                                     cast_to text DEFAULT NULL)
RETURNS text
LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
DECLARE
    child text := perfext.rewrite_text(child_query);
    parent text := perfext.rewrite_number(perfext.rewrite_text(parent_query), 0);
    -- tables are called so, too
    outer_name text := CASE WHEN child ~* '\mparent\M' THEN 'parent_row' ELSE 'parent' END;
    is_write boolean := parent ~* '^(insert|update|delete|merge)\M';
    source text := CASE WHEN is_write THEN 'FROM ' || outer_name
        ELSE perfext.rewrite_source(parent, outer_name) END;
    comparison text := perfext.rewrite_comparison(child, parameter, key_column);
    key text := perfext.rewrite_key(comparison);
    name text := perfext.rewrite_name(key);
    link text := outer_name || '.' || perfext.rewrite_output_name(parent, parent_table,
        parent_column) || coalesce('::' || cast_to, '');
    second text := perfext.rewrite_second_key(parent, child, comparison);
    -- no comparison that the text shows, but what a function is given, for example
    given text := CASE WHEN second IS NOT NULL THEN
        perfext.rewrite_replace(perfext.rewrite_replace(child, comparison, key || ' = ' || link),
            second, perfext.rewrite_key(second) || ' = ' || outer_name || '.'
                || perfext.rewrite_name(perfext.rewrite_key(second)))
        WHEN child ~ ('\$' || nullif(parameter, 0) || '(?!\d)') THEN
        regexp_replace(child, '\$' || parameter || '(?!\d)', replace(link, '\', '\\'), 'g') END;
    free text := perfext.rewrite_without_limit(child);
    -- which rows it is about depends on all of a key
    limited boolean := child ~* '\moffset\s+\$\d+(\s+rows?)?\s*$' OR free <> child;
    bare text := perfext.rewrite_without_order(free);
    quoted text := perfext.rewrite_quote(comparison) || '(?![[:alnum:]_])';
    -- the child without its key
    opened text := CASE
        WHEN bare ~* ('\mwhere\s+' || quoted || '\s+and\s')
            THEN regexp_replace(bare, '\mwhere\s+' || quoted || '\s+and\s+', 'WHERE ', 'i')
        WHEN bare ~* ('\s+where\s+' || quoted || '\s*$')
            THEN regexp_replace(bare, '\s+where\s+' || quoted || '\s*$', '', 'i')
        WHEN bare ~* ('\s+and\s+' || quoted)
            THEN regexp_replace(bare, '\s+and\s+' || quoted, '', 'i')
    END;
    list text := perfext.rewrite_select_list(opened);
    has_key boolean := list ~ '^([^()]+[.])?[*]$'
        OR list ~* ('(^|[^[:alnum:]_])' || perfext.rewrite_quote(key) || '\s*($|,)');
    whole_table text := substring(opened FROM
        perfext.rewrite_pattern('^select\s+(?:NAME[.])?[*]\s+from\s+(NAME)$'));
    target text := CASE
        WHEN has_key THEN opened
        ELSE regexp_replace(opened, '^select\s+', 'SELECT ' || replace(key, '\', '\\') || ', ', 'i')
    END;
BEGIN
    RETURN CASE
        WHEN source IS NULL OR link IS NULL OR child !~* '^(select|with)\M'
            OR child ~* '^with\M.*\m(insert|update|delete|merge)\M'
            OR comparison IS NULL AND given IS NULL THEN NULL
        ELSE CASE WHEN is_write THEN E'WITH ' || outer_name || E' AS (\n    ' || parent || E'\n)\n'
            ELSE '' END
            || 'SELECT ' || outer_name || E'.*, child.*\n' || source || E'\n'
            || CASE
                WHEN comparison IS NULL OR second IS NOT NULL THEN
                    E'LEFT JOIN LATERAL (\n    '
                        || perfext.rewrite_number(given, perfext.rewrite_parameters(parent))
                        || E'\n) AS child ON true'
                WHEN whole_table IS NOT NULL AND NOT limited THEN
                    'LEFT JOIN ' || whole_table || ' AS child ON child.' || name || ' = ' || link
                -- an aggregate of no rows is a row
                WHEN opened IS NULL OR limited OR NOT perfext.rewrite_is_plain(opened)
                    OR perfext.rewrite_is_aggregate(opened)
                    OR perfext.rewrite_where(child) ~* '\m(or)\M' THEN
                    E'LEFT JOIN LATERAL (\n    ' ||
                        perfext.rewrite_number(perfext.rewrite_replace(child,
                        comparison, key || ' = ' || link), perfext.rewrite_parameters(parent))
                        || E'\n) AS child ON true'
                ELSE E'LEFT JOIN (\n    ' || perfext.rewrite_number(target,
                        perfext.rewrite_parameters(parent))
                    || E'\n) AS child ON child.' || name || ' = ' || link
            END
            || ';' || CASE WHEN parent ~* '\morder\s+by\M'
                THEN E'  -- with ORDER BY as in the first query' ELSE '' END
    END;
END
$$;

COMMENT ON FUNCTION perfext.rewrite_join(text, text, text, text, integer, text, text) IS
    'The statement and the one whose rows it follows as one query; NULL when the texts do not tell '
        'how. cast_to: type that the parent''s column needs to be compared';
