/*-------------------------------------------------------------------------
 *
 * hypothetical.h
 *	  Gives the planner an index that does not exist, as large as it would be.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_HYPOTHETICAL_H
#define PFX_HYPOTHETICAL_H

#include "detect/indexdef.h"

typedef struct PfxIndexSize
{
	BlockNumber pages;
	double		tuples;
	int			tree_height;	/* of a btree: levels above the leaves; else -1 */
} PfxIndexSize;

/*
 * How large the index would be right after CREATE INDEX: tuples and pages of the
 * table as the planner sees them, column widths, NULLs and distinct values from
 * the statistics; btree's deduplication and fill factor, GIN's posting lists,
 * BRIN's ranges.  Raises no error of its own for a table without statistics.  The
 * table is locked by the caller.
 */
extern void pfx_index_size(const PfxIndexDef *def, BlockNumber rel_pages, double rel_tuples,
						   PfxIndexSize *size);

/* The same of a table that is being planned: rel's pages, tuples and statistics */
extern void pfx_index_size_in(PlannerInfo *root, RelOptInfo *rel, const PfxIndexDef *def,
							  PfxIndexSize *size);

/*
 * The index for the planner's list of rel's indexes (hypothetical, not unique),
 * under an identifier that no catalog has.  In the current context.  NULL when the
 * access method cannot be used so.
 */
extern IndexOptInfo *pfx_hypothetical_index(PlannerInfo *root, RelOptInfo *rel,
											const PfxIndexDef *def, Oid indexoid);

#endif							/* PFX_HYPOTHETICAL_H */
