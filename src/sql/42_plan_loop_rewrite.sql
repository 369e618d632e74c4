/*
 * A correlated subquery as a join with all of its groups. As in 42_n_plus_one_rewrite.sql:
 * texts only, no errors; what is not understood is put into words.
 */
CREATE FUNCTION perfext.rewrite_subquery(query text, inner_column text, outer_alias text,
                                         outer_column text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
DECLARE
    qualifier text := '(?:(?:"(?:[^"]|"")+"|[[:alpha:]_][[:alnum:]_]*)[.])*';
    own text := qualifier || '"?' || perfext.rewrite_quote(btrim(inner_column, '"')) ||
        '"?(?![[:alnum:]_])';
    other text := qualifier || '"?' || perfext.rewrite_quote(btrim(outer_alias, '"')) || '"?[.]"?'
        || perfext.rewrite_quote(btrim(outer_column, '"')) || '"?(?![[:alnum:]_])';
    rest text := perfext.rewrite_text(query);
    part text[];
    found text;
BEGIN
    -- the innermost subquery that makes the comparison
    LOOP
        part := regexp_match(rest, '[(]\s*(select\s(?:[^()]|[(](?:[^()]|[(][^()]*[)])*[)])*)[)]'
            '(.*)$', 'i');
        EXIT WHEN part IS NULL;
        IF part[1] ~* ('(^|[^[:alnum:]_."])(' || own || '\s*=\s*' || other || '|' || other
            || '\s*=\s*' || own || ')') THEN
            found := btrim(part[1], E' \t\r\n');
            EXIT WHEN found !~* '[(]\s*select\M';
            rest := part[1];
        ELSE
            rest := part[2];
        END IF;
    END LOOP;
    RETURN found;
END
$$;

COMMENT ON FUNCTION perfext.rewrite_subquery(text, text, text, text) IS
    'The subquery of a statement that compares a column of its own with one of a table outside; '
        'NULL: not found';

CREATE FUNCTION perfext.rewrite_plan_loop(form text, query text, inner_column text,
                                          outer_alias text, outer_column text, alias text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
DECLARE
    subquery text := perfext.rewrite_subquery(query, inner_column, outer_alias, outer_column);
    qualifier text := '(?:(?:"(?:[^"]|"")+"|[[:alpha:]_][[:alnum:]_]*)[.])*';
    own text := qualifier || '"?' || perfext.rewrite_quote(btrim(inner_column, '"')) ||
        '"?(?![[:alnum:]_])';
    other text := qualifier || '"?' || perfext.rewrite_quote(btrim(outer_alias, '"')) || '"?[.]"?'
        || perfext.rewrite_quote(btrim(outer_column, '"')) || '"?(?![[:alnum:]_])';
    comparison text := coalesce(
        substring(subquery FROM '(?i)(?:^|[^[:alnum:]_."])(' || own || '\s*=\s*' || other || ')'),
        substring(subquery FROM '(?i)(?:^|[^[:alnum:]_."])(' || other || '\s*=\s*' || own || ')'));
    key text := CASE WHEN comparison ~* ('^' || own || '\s*=') THEN substring(comparison FROM
        '(?i)^(' || own || ')')
        ELSE substring(comparison FROM '(?i)=\s*(' || own || ')$') END;
    -- then it is what the rewriting of statements knows
    keyed text := perfext.rewrite_replace(subquery, comparison, key || ' = $999');
    limit_text text := substring(keyed FROM '(?i)\s+limit\s+(\$\d+)\s*$');
    free text := perfext.rewrite_without_limit(keyed);
    bare text := perfext.rewrite_without_order(free);
    quoted text := perfext.rewrite_quote(key || ' = $999');
    opened text := CASE
        WHEN bare ~* ('\mwhere\s+' || quoted || '\s+and\s')
            THEN regexp_replace(bare, '\mwhere\s+' || quoted || '\s+and\s+', 'WHERE ', 'i')
        WHEN bare ~* ('\s+where\s+' || quoted || '\s*$')
            THEN regexp_replace(bare, '\s+where\s+' || quoted || '\s*$', '', 'i')
        WHEN bare ~* ('\s+and\s+' || quoted)
            THEN regexp_replace(bare, '\s+and\s+' || quoted, '', 'i')
    END;
    list text := perfext.rewrite_select_list(opened);
    -- what the subquery reads, once, by key
    grouped text := CASE
        WHEN NOT perfext.rewrite_is_plain(opened) OR list ~ '^\s*$|[*]\s*$' AND list !~ '[*]\s*[)]'
            OR perfext.rewrite_where(keyed) ~* '\m(or)\M' OR strpos(opened, '$999') > 0 THEN NULL
        WHEN perfext.rewrite_is_aggregate(opened) THEN
            regexp_replace(opened, '^select\s+', 'SELECT ' || replace(key, '\', '\\') ||
                ' AS key, ', 'i')
                || ' GROUP BY ' || key
        WHEN free <> keyed THEN
            format('SELECT * FROM (%s) AS ranked WHERE place <= %s',
                regexp_replace(opened, '^select\s+(.*?)(?=\s+from\s)', concat('SELECT ',
                    replace(key, '\', '\\'),
                    ' AS key, ', replace(list, '\', '\\'), ', row_number() OVER (PARTITION BY ',
                        replace(key, '\', '\\'), ' ',
                    replace(coalesce(substring(free FROM '(?i)\s(order\s+by\s+[^()]*)$'), ''), '\',
                        '\\'), ') AS place'), 'i'),
                limit_text)
        ELSE regexp_replace(opened, '^select\s+', 'SELECT ' || replace(key, '\', '\\') ||
            ' AS key, ', 'i')
    END;
    reference text := outer_alias || '.' || quote_ident(btrim(outer_column, '"'));
BEGIN
    RETURN CASE
        WHEN perfext.rewrite_text(query) IS NULL THEN NULL
        WHEN form = 'function' THEN concat_ws(E'\n',
            '-- the function ' || coalesce(alias || ' ', '') ||
                'is called for each row of what it is joined with: join with the',
            '-- tables that it reads, or call it once with an array of all values')
        WHEN grouped IS NOT NULL THEN concat_ws(E'\n',
            '-- instead of (' || perfext.format_line(subquery, 300) || ') for each row, in FROM:',
            CASE WHEN form = 'lateral' AND query !~* '\mleft\s+(outer\s+)?join\s+lateral\M' THEN
                'JOIN ('
                ELSE 'LEFT JOIN (' END, '    ' || grouped, ') AS once ON once.key = ' || reference,
            '-- and its column of once in the place of the subquery'
                || CASE WHEN list ~* '^count\s*\(' THEN
                    ' (coalesce(..., 0): a count of nothing is 0)' ELSE '' END)
        ELSE concat_ws(E'\n',
            '-- instead of ' || coalesce('(' || perfext.format_line(subquery, 300) || ')',
                'the correlated subquery')
                || ' for each row: join with',
            '-- what it reads, grouped by ' || coalesce(inner_column, 'the compared column')
                || coalesce(' (= ' || reference || ')', '') ||
                    ', so that it is read once for all rows')
    END;
END
$$;

COMMENT ON FUNCTION perfext.rewrite_plan_loop(text, text, text, text, text, text) IS
    'What to write instead of a subquery or function that a plan runs for each row';
