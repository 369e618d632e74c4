/*-------------------------------------------------------------------------
 *
 * indexdef.h
 *	  An index that does not exist: what what-if planning proposes, estimates
 *	  and describes.
 *
 * Separate so that whoever thinks of indexes (candidates.c), gives them to the
 * planner (hypothetical.c) and writes them down (indexddl.c) need not know each
 * other.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_INDEXDEF_H
#define PFX_INDEXDEF_H

#include "nodes/pathnodes.h"

/* A proposal has no more key columns than this, and no more included ones */
#define PFX_MAX_INDEX_KEYS 4
#define PFX_MAX_INDEX_INCLUDE 4

typedef struct PfxIndexKey
{
	AttrNumber	attnum;			/* of a column; 0: an expression */
	Node	   *expr;			/* that expression, its Vars with varno 1; else NULL */
	Oid			type;			/* of what is indexed, before the operator class' key type */
	Oid			collation;
	Oid			opclass;
	bool		descending;
	bool		nulls_first;
} PfxIndexKey;

typedef struct PfxIndexDef
{
	Oid			relid;			/* the table that is scanned: of a partitioned one, a partition */
	Oid			am;
	int			nkeys;
	PfxIndexKey keys[PFX_MAX_INDEX_KEYS];
	int			ninclude;
	AttrNumber	include[PFX_MAX_INDEX_INCLUDE];
	List	   *predicate;		/* of a partial index: ANDed clauses, Vars with varno 1 */
} PfxIndexDef;

#endif							/* PFX_INDEXDEF_H */
