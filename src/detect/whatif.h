/*-------------------------------------------------------------------------
 *
 * whatif.h
 *	  Plans a query again with indexes that do not exist, and says which of them
 *	  are worth it.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_WHATIF_H
#define PFX_WHATIF_H

#include "lib/stringinfo.h"
#include "nodes/params.h"
#include "nodes/pathnodes.h"
#include "nodes/plannodes.h"

/* How the caller plans: the server's planner and whatever other hooks there are */
typedef PlannedStmt *(*PfxPlanQuery) (Query *query, const char *source, int cursorOptions,
									  ParamListInfo params);

typedef struct PfxWhatIf
{
	Query	   *query;			/* rewritten, not yet planned; is copied */
	const char *source;
	int			cursorOptions;
	ParamListInfo params;
	PfxPlanQuery plan;
	uint32		varying;		/* its constants that other executions have not */
	const PlannedStmt *before;	/* its plan without anything, or NULL: not made yet */
	uint64		deadline;		/* ticks */
} PfxWhatIf;

/* True while what is being planned is only an experiment */
extern bool pfx_whatif_active;

#define PFX_CALLS_FUNCTIONS "the statement calls functions that planning would run twice"
#define PFX_READS_FOREIGN_TABLE "the statement reads a foreign table"

/* Why no experiment can be made with the query; NULL: one can */
extern const char *pfx_whatif_obstacle(Query *query);

/* The same for an expression that planning comes across in a table's definition */
extern const char *pfx_whatif_expression_obstacle(Node *expr);

/*
 * Makes the experiment and appends its result as a JSON object; fills relids
 * (room for max_relids) with the tables that want indexes and returns how many;
 * depends: the constants of the query that these indexes are made of.
 * Errors, the deadline's too, are the caller's to catch; pfx_whatif_reset() then.
 */
extern int	pfx_whatif_prove(const PfxWhatIf *what, StringInfo result, Oid *relids,
							 int max_relids, uint32 *depends);
extern void pfx_whatif_reset(void);

/* What the planner's hooks report while an experiment is being made */
extern void pfx_whatif_relation(PlannerInfo *root, RelOptInfo *rel, Index rti,
								RangeTblEntry *rte);
extern void pfx_whatif_check_deadline(void);

#endif							/* PFX_WHATIF_H */
