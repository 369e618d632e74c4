/*-------------------------------------------------------------------------
 *
 * planwalk.h
 *	  The shape of a plan: its nodes in EXPLAIN's order, and its identity.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_PLANWALK_H
#define PFX_PLANWALK_H

#include "executor/execdesc.h"
#include "nodes/execnodes.h"

/*
 * Plans with more plan states than PFX_MAX_STATES have no shape; those with
 * more canonical nodes than PFX_MAX_NODES are not timed.
 */
#define PFX_MAX_STATES	8192
#define PFX_MAX_NODES	512

/* One canonical node of a plan. */
typedef struct PfxPlanNode
{
	int16		node_id;		/* 0 = root; our own number, in EXPLAIN's printing order */
	int16		parent_id;		/* -1 = root */
	int16		depth;
	NodeTag		tag;			/* of the Plan node */
	Oid			relid;			/* scanned or modified relation (a partition's topmost parent), or
								 * InvalidOid */
	Oid			indexid;		/* index used (a partition's index: its topmost parent index), or
								 * InvalidOid */
	double		est_rows;		/* planner's rows per loop; for collapsed siblings the sum */
	double		total_cost;		/* planner's; for collapsed siblings the sum */
	bool		collapsed;		/* stands for several siblings under an Append */
	bool		parallel;		/* below a Gather or Gather Merge */
} PfxPlanNode;

/* One plan state, and the canonical node it belongs to. */
typedef struct PfxPlanStateRef
{
	PlanState  *ps;
	int16		node_id;
	int16		parent_ref;		/* index in states, -1 = root */
} PfxPlanStateRef;

typedef struct PfxPlanShape
{
	int			nnodes;
	PfxPlanNode *nodes;			/* the canonical nodes; nodes[i].node_id = i */
	int			nstates;
	PfxPlanStateRef *states;	/* every plan state that EXPLAIN prints, in its order */
	bool		uses_gather;	/* some Gather or Gather Merge */
	bool		uses_async;		/* some async-capable subplan */

	/*
	 * Differs between executions of one plan id only when pruning at the start
	 * of an execution removed the only members of some kind: node ids are then
	 * not comparable.
	 */
	uint64		fingerprint;
} PfxPlanShape;

/*
 * The shape of an initialised plan (after ExecutorStart), palloc'd in the
 * current memory context; NULL when it has more than PFX_MAX_STATES states.
 * Looks at the catalogs only when partitions' indexes have to be mapped.
 */
extern PfxPlanShape *pfx_plan_shape(QueryDesc *queryDesc);

/*
 * A hash of the plan's structure: the same for every set of constants, costs
 * and partitions.  Never 0.  Neither allocates nor reads a catalog on the
 * ordinary path (a plan with an Append may do both).
 */
extern uint64 pfx_plan_id(const PlannedStmt *pstmt);

#endif							/* PFX_PLANWALK_H */
