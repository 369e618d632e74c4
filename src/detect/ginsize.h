/*-------------------------------------------------------------------------
 *
 * ginsize.h
 *	  How large a GIN index would be.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_GINSIZE_H
#define PFX_GINSIZE_H

#include "detect/indexdef.h"

/*
 * Pages that the entries and posting lists of one key take, for so many rows of
 * rel.  expr is what is indexed, as rel's clauses have it.
 */
extern double pfx_gin_pages(PlannerInfo *root, RelOptInfo *rel, const PfxIndexKey *key,
							Node *expr, double tuples, bool multicolumn);

#endif							/* PFX_GINSIZE_H */
