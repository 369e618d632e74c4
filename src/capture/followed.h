/*-------------------------------------------------------------------------
 *
 * followed.h
 *	  A plan that is being followed: its nodes, and the phases they belong to.
 *
 * Separate from follow.h: for follow.c, which makes it and counts in it, and
 * follow_look.c, which reads it.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_FOLLOWED_H
#define PFX_FOLLOWED_H

#include "capture/follow.h"

/* Nodes that are followed; of larger plans those nearest to the top */
#define PFX_MAX_FOLLOWED 120
#define PFX_FOLLOWED_TABLE 256

typedef struct PfxFollowedNode
{
	PlanState  *ps;
	ExecProcNodeMtd next;
	int16		child;			/* its outer one, or -1 */
	int16		gather;			/* Gather or Gather Merge above it, or -1 */
	int16		phase;
	bool		driver;			/* feeds its phase */
	bool		counted;		/* can be */
	bool		well_estimated; /* the planner's number of rows is worth something */
	volatile uint64 rows;		/* since it is followed */
	volatile uint64 ends;		/* times it said that there are no more */
	double		rows_before;	/* -1: not known */
	volatile double share;		/* found out by look_inside(); -1: not known */
	volatile double least_rows; /* it gives no fewer; so found out, 0: not known */
	volatile int64 blocks_done;
	volatile int64 blocks_total;
} PfxFollowedNode;

typedef struct PfxFollowedPhase
{
	PfxPhaseKind kind;
	int16		parent;			/* phase that goes on once it is done */
	int16		sink;			/* node that takes all its rows, or -1 */
	int16		limit;			/* Limit node in it, or -1 */
	bool		open_ended;		/* its rows bring forth more: only earlier runs tell how many */
	double		weight;
} PfxFollowedPhase;

typedef struct PfxFollowed
{
	const QueryDesc *queryDesc;
	bool		running;		/* its nodes lead to counted() */
	volatile bool due;			/* look_inside() is wanted */
	volatile int16 current;		/* node called last, or -1 */
	int16		nnodes;
	int16		nphases;
	uint64		since;			/* ticks: rows are counted from then on */
	PfxFollowedNode nodes[PFX_MAX_FOLLOWED];
	PfxFollowedPhase phases[PFX_MAX_PHASES];
	int16		table[PFX_FOLLOWED_TABLE];	/* number of a node + 1 */
} PfxFollowed;

extern PfxFollowed pfx_followed[PFX_PROGRESS_LEVELS];

/* What the planner thinks a node costs with all below it; 0 for none */
static inline double
pfx_followed_cost(const PlanState *ps)
{
	return ps != NULL ? ps->plan->total_cost : 0;
}

#endif							/* PFX_FOLLOWED_H */
