/* The report in one of its formats */

CREATE FUNCTION perfext.report(format text DEFAULT 'text')
RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET jit = off
SET perfext.read_once = on
AS $$
BEGIN
    CASE format
        WHEN 'text' THEN RETURN perfext.report_text(perfext.report_facts());
        WHEN 'markdown' THEN RETURN perfext.report_markdown(perfext.report_facts());
        WHEN 'html' THEN RETURN perfext.report_html(perfext.report_facts());
        WHEN 'json' THEN RETURN jsonb_pretty(perfext.report_facts());
        ELSE
            RAISE EXCEPTION 'unknown report format "%"', format
                USING ERRCODE = 'invalid_parameter_value',
                      HINT = 'The formats are text, markdown, json and html.';
    END CASE;
END
$$;

COMMENT ON FUNCTION perfext.report(text) IS
    'What was recorded, what to do and where the time went, as text (the default), markdown, json or html';
