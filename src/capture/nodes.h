/*-------------------------------------------------------------------------
 *
 * nodes.h
 *	  Timing the nodes of one execution.
 *
 * Separate from the hooks, which decide whether to time, and from the store,
 * which gets the result.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_NODES_H
#define PFX_NODES_H

#include "capture/planwalk.h"
#include "executor/instrument.h"
#include "store/store.h"

typedef struct PfxNodeRun PfxNodeRun;

/*
 * Where the wrapper stands: saved and restored around everything that may run
 * another statement or leave by an error.
 */
typedef struct PfxNodeState
{
	struct PfxNode *current;
	uint64		child_ticks;
	BufferUsage seen;
} PfxNodeState;

/* Finds the server's own first-call function; once, at load */
extern void pfx_nodes_init(void);

/*
 * Prepares the timing of a started query; its memory is the query's own
 * (es_query_cxt).  max_calls bounds the node calls that are timed, 0 for no
 * bound.  NULL when the plan cannot be timed.
 */
extern PfxNodeRun *pfx_nodes_begin(QueryDesc *queryDesc, uint64 max_calls);

/*
 * Around each run of an executor.  Leaving returns the ticks that its timed
 * nodes took, so that the rest (sending rows, triggers) can be told apart.
 */
extern void pfx_nodes_enter(PfxNodeState *saved, bool timed);
extern uint64 pfx_nodes_leave(const PfxNodeState *saved);

/* Are the nodes timed by the wrapper?  Otherwise the server times them. */
extern bool pfx_nodes_wrapped(const PfxNodeRun *run);

extern const PfxPlanShape *pfx_nodes_shape(const PfxNodeRun *run);

/*
 * What was measured, one sample per canonical node; valid until the query ends.
 * sum_self_time gets the sum of all nodes' own time.  NULL when there is nothing
 * to trust (for example EXPLAIN ANALYZE with TIMING OFF).
 */
extern PfxNodeSample *pfx_nodes_collect(PfxNodeRun *run, int64 *sum_self_time, bool *partial);

/* What the timing cost so far, in ns, from the number of node calls */
extern int64 pfx_nodes_cost(const PfxNodeRun *run);

#endif							/* PFX_NODES_H */
