/* Sizes of indexes that do not exist */
CREATE FUNCTION perfext.estimate_index_size(relid regclass, definition text)
RETURNS bigint
AS 'MODULE_PATHNAME', 'perfext_estimate_index_size_1_0'
LANGUAGE C STRICT VOLATILE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp;

COMMENT ON FUNCTION perfext.estimate_index_size(regclass, text) IS
    'Estimated size in bytes of an index right after CREATE INDEX. definition: what follows the table''s name there, as in ''(a, b DESC) WHERE c IS NULL'' or ''USING gin (d)'', names outside of pg_catalog qualified. Errors without the right to read the columns, and where CREATE INDEX would refuse';
