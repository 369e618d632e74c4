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

#include "capture/nodes.h"
#include "capture/usage.h"
#include "executor/execdesc.h"
#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"
#include "store/store.h"

/*
 * What is being executed right now, innermost first; lives on the C stack of
 * the hook that runs it.
 */
typedef struct PfxActive
{
	struct PfxActive *outer;
	uint64		utility_id;		/* for statements inside that have no id */
	bool		foreign_key;	/* a referential-integrity check */
	bool		inside_foreign_key; /* run by one, however deep */
	int64		fk_time;		/* of the checks run inside */
	int64		fk_checks;
	const struct PfxUtility *utility;	/* tracked utility statement, or NULL */
	uint64		started;		/* of that, ticks */
	PfxNodeState nodes;			/* of whoever runs outside */
} PfxActive;

typedef struct PfxFrame PfxFrame;

/* Are the nodes of an execution timed, and who pays for it? */
typedef enum PfxSample
{
	PFX_SAMPLE_NONE,
	PFX_SAMPLE_CHARGED,			/* our choice: from the backend's credit */
	PFX_SAMPLE_FREE				/* somebody asked for it */
} PfxSample;

extern PfxActive *pfx_active;

/* perfext.track says that statements at this level are recorded */
extern bool pfx_tracked(int level);

/* Entering and leaving anything that executes: nesting, foreign-key time */
extern void pfx_active_enter(PfxActive *active, uint64 utility_id, bool timed);
extern uint64 pfx_active_leave(PfxActive *active);	/* ticks in timed nodes */

/* The outermost tracked utility statement that is running, or NULL */
extern const PfxRef *pfx_active_utility(void);

/* Is a statement started now a referential-integrity check of the server? */
extern bool pfx_is_foreign_key_check(const char *source);
extern void pfx_foreign_key_checked(PfxActive *active, uint64 ticks);

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
extern PfxFrame *pfx_statement_find(QueryDesc *queryDesc);
extern void pfx_statement_ran(PfxFrame *frame, QueryDesc *queryDesc, const PfxMark *mark,
							  const PfxActive *active, uint64 node_ticks, bool finish);
extern void pfx_statement_runs(PfxFrame *frame, const PfxMark *mark);
extern void pfx_statement_failed(PfxFrame *frame);
extern void pfx_statements_exit(void);
extern void pfx_statement_ended(PfxFrame *frame, QueryDesc *queryDesc);

#endif							/* PFX_STATEMENT_H */
