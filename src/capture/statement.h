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

/* Execution */
extern bool pfx_statement_choose(QueryDesc *queryDesc, int eflags, PfxRef *ref,
								 PfxSample *sample);
extern void pfx_statement_started(QueryDesc *queryDesc, const PfxRef *ref, PfxSample sample);
extern void pfx_statement_start_failed(const PfxRef *ref);
extern bool pfx_statement_is_timed(const PfxFrame *frame);
extern const PfxRef *pfx_statement_ref(const PfxFrame *frame);
extern PfxFrame *pfx_statement_find(QueryDesc *queryDesc);
extern void pfx_statement_ran(PfxFrame *frame, QueryDesc *queryDesc, const PfxMark *mark,
							  const PfxActive *active, uint64 node_ticks, bool finish);
extern void pfx_statement_runs(PfxFrame *frame, const PfxMark *mark, PfxActive *active);
extern bool pfx_statement_watches(PfxFrame *frame, uint64 count);
extern void pfx_statement_watched(PfxFrame *frame);
extern void pfx_statement_failed(PfxFrame *frame);
extern void pfx_statements_exit(void);
extern void pfx_statement_ended(PfxFrame *frame, QueryDesc *queryDesc);

#endif							/* PFX_STATEMENT_H */
