/*-------------------------------------------------------------------------
 *
 * common.c
 *	  What all SQL functions of perfext share.
 *
 * Separate so that the check, the rights and the units are the same everywhere.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_authid.h"
#include "catalog/namespace.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/tuplestore.h"

#include "sqlapi/common.h"

void
pfx_require_preload(void)
{
	if (!pfx_store_ready())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("perfext must be loaded via shared_preload_libraries"),
				 errhint("Add perfext to shared_preload_libraries in postgresql.conf (or by "
						 "ALTER SYSTEM SET shared_preload_libraries = 'perfext') and restart "
						 "the server.")));
}

bool
pfx_may_read_all(void)
{
	return has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS);
}

bool
pfx_may_read(Oid userid)
{
	return userid == GetUserId() || pfx_may_read_all();
}

/* What means the same in every encoding of a server */
static char *
ascii_only(char *text)
{
	for (char *c = text; *c != '\0'; c++)
		if (IS_HIGHBIT_SET(*c))
			*c = '?';
	return text;
}

char *
pfx_to_server(char *text, int encoding)
{
	int			server = GetDatabaseEncoding();
	int			len;
	Oid			proc;
	char	   *result;

	if (text == NULL)
		return NULL;
	len = strlen(text);
	if (encoding == server || !PG_VALID_BE_ENCODING(encoding) || encoding == PG_SQL_ASCII)
		return pg_verify_mbstr(server, text, len, true) ? text : ascii_only(text);
	if (server == PG_SQL_ASCII)
		return text;
	proc = FindDefaultConversionProc(encoding, server);
	if (!OidIsValid(proc))
		return ascii_only(text);
	result = palloc((Size) len * MAX_CONVERSION_GROWTH + 1);
	if (pg_do_encoding_conversion_buf(proc, encoding, server, (unsigned char *) text, len,
									  (unsigned char *) result, len * MAX_CONVERSION_GROWTH + 1,
									  true) != len)
		return ascii_only(text);
	return result;
}

Datum
pfx_ms(double ns)
{
	return Float8GetDatum(ns / 1e6);
}

Datum
pfx_stddev_ms(const PfxTiming *timing)
{
	/* of the whole population, as pg_stat_statements gives it */
	if (timing->count < 2)
		return Float8GetDatum(0.0);
	return pfx_ms(sqrt(timing->sum_sq / timing->count));
}

double
pfx_percentile_ms(const PfxHistogram *hist, double fraction, const PfxTiming *timing)
{
	double		ns = pfx_hist_percentile(hist, fraction);

	if (ns >= 0 && timing->max > 0)
	{
		ns = Min(ns, (double) timing->max);
		ns = Max(ns, (double) timing->min);
	}
	return ns / 1e6;
}

ReturnSetInfo *
pfx_begin_set(FunctionCallInfo fcinfo, int ncolumns)
{
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;

	pfx_require_preload();
	InitMaterializedSRF(fcinfo, 0);
	if (set->setDesc->natts != ncolumns)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("perfext's SQL objects and its library do not fit together"),
				 errhint("Run ALTER EXTENSION perfext UPDATE, and restart the server if the "
						 "library was upgraded.")));
	return set;
}

void
pfx_emit(ReturnSetInfo *set, Datum *values, bool *nulls)
{
	tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
}
