/*-------------------------------------------------------------------------
 *
 * proving.h
 *	  When indexes are thought about, and on whose time.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_PROVING_H
#define PFX_PROVING_H

#include "detect/whatif.h"
#include "executor/execdesc.h"
#include "nodes/parsenodes.h"
#include "store/store.h"

/* A query on its way through the planner, and what is remembered of it */
typedef struct PfxProving
{
	Query	   *query;			/* a copy from before the planner; NULL: not wanted */
	MemoryContext context;		/* of the copy */
	const PfxRef *fired_by;		/* of a foreign-key check: whose it is */
} PfxProving;

/* Around the planning of a recorded statement */
extern void pfx_proving_planning(const PfxRef *ref, Query *parse, PfxProving *proving);
extern void pfx_proving_planned(PfxRef *ref, PfxProving *proving, const char *source,
								int cursorOptions, ParamListInfo params, PfxPlanQuery plan,
								const PlannedStmt *result);

/* Around the planning of the server's query for a foreign-key check */
extern void pfx_proving_check_planning(Query *parse, PfxProving *proving);
extern void pfx_proving_check_planned(PfxProving *proving, const char *source,
									  int cursorOptions, ParamListInfo params,
									  PfxPlanQuery plan, const PlannedStmt *result);

/*
 * A recorded statement starts, perhaps with a plan that is never made again: to
 * be called while queries of such are kept.
 */
extern int	pfx_proving_kept;
extern void pfx_proving_start(PfxRef *ref, const QueryDesc *queryDesc, PfxPlanQuery plan);

/* Time that clients' statements took, ns, to be added to: a part of it may be spent */
extern int64 pfx_proving_earned;

extern void pfx_proving_init(void);

#endif							/* PFX_PROVING_H */
