/*-------------------------------------------------------------------------
 *
 * candidate_predicates.h
 *	  Which conditions of a query could be the predicate of a partial index.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_CANDIDATE_PREDICATES_H
#define PFX_CANDIDATE_PREDICATES_H

#include "detect/indexdef.h"

/* A clause over one column that few rows fulfil */
typedef struct PfxRareClause
{
	RestrictInfo *rinfo;
	Node	   *predicate;		/* it, as PfxIndexDef holds it */
	PfxIndexKey key;			/* the column, for a btree; no opclass: has no order */
	bool		pins;			/* the column has one value in all these rows */
	bool		indexable;		/* a btree over the column serves the clause, too */
	Selectivity selectivity;
} PfxRareClause;

/*
 * rel's restrictions of that sort, rarest first, whose constants are the query's
 * own (and not a parameter's value).  None without statistics.
 */
extern List *pfx_rare_clauses(PlannerInfo *root, RelOptInfo *rel, Oid relid);

#endif							/* PFX_CANDIDATE_PREDICATES_H */
