/*-------------------------------------------------------------------------
 *
 * run.h
 *	  One run of an executor: a portion of a query's rows, or its AFTER triggers.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_RUN_H
#define PFX_RUN_H

#include "capture/active.h"
#include "capture/statement.h"
#include "capture/usage.h"
#include "executor/execdesc.h"

/* Lives on the C stack of the hook that runs it */
typedef struct PfxRun
{
	PfxFrame   *frame;			/* NULL: the query is not recorded */
	bool		watches;		/* the rows that it returns are looked at */
	bool		finishing;		/* AFTER triggers */
	PfxActive	active;
	PfxMark		mark;
} PfxRun;

/* Before it; count: rows wanted, 0 for all */
extern void pfx_run_begin(PfxRun *run, QueryDesc *queryDesc, uint64 count, bool finishing);

/* After it; the second one in PG_CATCH */
extern void pfx_run_ended(PfxRun *run, QueryDesc *queryDesc);
extern void pfx_run_failed(PfxRun *run, QueryDesc *queryDesc);

#endif							/* PFX_RUN_H */
