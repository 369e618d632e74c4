/*-------------------------------------------------------------------------
 *
 * watch.h
 *	  What values a client's statement returns: hashes of its first rows.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_WATCH_H
#define PFX_WATCH_H

#include "access/attnum.h"
#include "executor/execdesc.h"
#include "store/events.h"

/* Which columns of an execution are watched, and how many rows were */
typedef struct PfxWatch
{
	int16		ncolumns;		/* 0: it is not watched */
	uint16		nrows;			/* of all its runs */
	AttrNumber	columns[PFX_VALUES_COLUMNS];	/* in the order of their values */
} PfxWatch;

/* Chooses columns; false: none can be watched */
extern bool pfx_watch_choose(PfxWatch *watch, TupleDesc desc);

/* Around ExecutorRun: puts a receiver of ours before the one of the query; false: it does not */
extern bool pfx_watch_begin(PfxWatch *watch, QueryDesc *queryDesc);
extern void pfx_watch_end(QueryDesc *queryDesc);	/* also after an error */

/* What the run that ended last returned: row by row; forgotten by the next call */
extern const uint32 *pfx_watch_values(int *nrows);

#endif							/* PFX_WATCH_H */
