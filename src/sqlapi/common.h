/*-------------------------------------------------------------------------
 *
 * common.h
 *	  What all SQL functions of perfext share: the check that the library was
 *	  preloaded, rights, and turning numbers into datums.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_SQLAPI_COMMON_H
#define PFX_SQLAPI_COMMON_H

#include "fmgr.h"
#include "store/store.h"

/* ERROR with what to set and where, unless the library was preloaded */
extern void pfx_require_preload(void);

/* May the current user read texts of everybody's statements, or of this user's? */
extern bool pfx_may_read_all(void);
extern bool pfx_may_read(Oid userid);

/*
 * A stored text in the encoding of the current database; what cannot be
 * converted becomes '?', never an error.  NULL stays NULL.
 */
extern char *pfx_to_server(char *text, int encoding);

/* Nanoseconds as float8 milliseconds */
extern Datum pfx_ms(double ns);

/* Standard deviation of a time, ms */
extern Datum pfx_stddev_ms(const PfxTiming *timing);

/* A percentile, ms, never outside what was measured as extremes */
extern double pfx_percentile_ms(const PfxHistogram *hist, double fraction,
								const PfxTiming *timing);

/* Returns an empty, materialized result for the function to fill */
extern struct ReturnSetInfo *pfx_begin_set(FunctionCallInfo fcinfo, int ncolumns);
extern void pfx_emit(struct ReturnSetInfo *set, Datum *values, bool *nulls);

#endif							/* PFX_SQLAPI_COMMON_H */
