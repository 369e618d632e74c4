/*-------------------------------------------------------------------------
 *
 * statement.h
 *	  One statement, from planning to its end, as the hooks report it.
 *
 * Separate from hooks.c, which alone knows that there are hooks.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_STATEMENT_H
#define PFX_STATEMENT_H

#include "capture/active.h"
#include "capture/nodes.h"
#include "capture/usage.h"
#include "executor/execdesc.h"
#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"
#include "store/store.h"

typedef struct PfxFrame PfxFrame;

/* Are the nodes of an execution timed, and who pays for it? */
typedef enum PfxSample
{
	PFX_SAMPLE_NONE,
	PFX_SAMPLE_CHARGED,			/* our choice: from the backend's credit */
	PFX_SAMPLE_FREE				/* somebody asked for it */
} PfxSample;

/* Planning */
extern bool pfx_planning_begin(Query *parse, const char *query_string, PfxRef *ref);
extern void pfx_planning_end(PfxRef *ref, PlannedStmt *pstmt, uint64 ticks);
extern void pfx_planning_failed(const PfxRef *ref, const char *source, int location, int len,
								uint64 ticks);

/* Execution: around ExecutorStart, after an error in ExecutorRun, before ExecutorEnd */
extern PfxFrame *pfx_statement_choose(QueryDesc *queryDesc, int eflags);
extern void pfx_statement_started(PfxFrame *frame);
extern void pfx_statement_failed(PfxFrame *frame);
extern void pfx_statement_ended(PfxFrame *frame, QueryDesc *queryDesc);

/* All that began at this level of subtransactions or deeper (0: all) is rolled back */
extern void pfx_statements_rolled_back(int nest_level);

extern void pfx_statements_exit(void);

#endif							/* PFX_STATEMENT_H */
