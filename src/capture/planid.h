/*-------------------------------------------------------------------------
 *
 * planid.h
 *	  Hashing plans in which a partition counts as its topmost parent.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_PLANID_H
#define PFX_PLANID_H

#include "nodes/pathnodes.h"
#include "nodes/plannodes.h"

/* A planned statement, with its partitions' parents at hand. */
typedef struct PfxPlanRels
{
	const PlannedStmt *pstmt;
	AppendRelInfo **by_child;	/* by range table index; NULL = search the list */
} PfxPlanRels;

extern void pfx_plan_rels_init(PfxPlanRels *rels, const PlannedStmt *pstmt);
extern void pfx_plan_rels_free(PfxPlanRels *rels);

/*
 * The range table index of the topmost parent table of which rti is a
 * partition or inheritance child; rti itself when it is none.
 */
extern Index pfx_plan_rels_topmost(const PfxPlanRels *rels, Index rti);

/* The relation behind a range table index, InvalidOid when it is no relation. */
extern Oid	pfx_plan_rels_relid(const PfxPlanRels *rels, Index rti);

/*
 * Hash of a member of an Append.  *is_child is set when it reads a child of
 * some parent table; only then may it be thought equal to a sibling.
 */
extern uint64 pfx_plan_member_hash(const PfxPlanRels *rels, Plan *plan, bool *is_child);

#endif							/* PFX_PLANID_H */
