/* Forgetting what was recorded */
CREATE FUNCTION perfext.reset(
    userid oid DEFAULT 0,
    dbid oid DEFAULT 0,
    queryid bigint DEFAULT 0,
    minmax_only boolean DEFAULT false
)
RETURNS timestamptz
AS 'MODULE_PATHNAME', 'perfext_reset_1_0'
LANGUAGE C STRICT VOLATILE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp;

COMMENT ON FUNCTION perfext.reset(oid, oid, bigint, boolean) IS
    'Forgets the statements of a user, database and query identifier (0: any), with their plans, or only their min and max times; returns the time of the reset';

CREATE FUNCTION perfext.reset_kind(kind text)
RETURNS timestamptz
AS 'MODULE_PATHNAME', 'perfext_reset_kind_1_0'
LANGUAGE C STRICT VOLATILE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp;

COMMENT ON FUNCTION perfext.reset_kind(text) IS
    'Forgets everything of one kind: statements (with their plans), plans, n_plus_one, jobs (runs that are over), loads or progress (earlier runs and the accuracy of predictions); returns the time of the reset';

REVOKE ALL ON FUNCTION perfext.reset(oid, oid, bigint, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION perfext.reset_kind(text) FROM PUBLIC;

