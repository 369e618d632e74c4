/*-------------------------------------------------------------------------
 *
 * candidates.h
 *	  Which indexes could help a query, as the planner sees it.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_CANDIDATES_H
#define PFX_CANDIDATES_H

#include "detect/indexdef.h"

/* At most so many plain candidates for one relation, and variants of one index */
#define PFX_MAX_CANDIDATES 24
#define PFX_MAX_VARIANTS 8
#define PFX_MAX_LOOKUPS 8

/*
 * The plain candidates for a base relation (or a partition) of a query that is
 * being planned: called from set_rel_pathlist_hook, when restrictions, join
 * clauses, equivalence classes and pathkeys are known.  A list of palloc'd
 * PfxIndexDef in the current context; none that an existing index (rel->indexlist)
 * already offers: same keys or a prefix, same operator class, direction, predicate.
 */
extern List *pfx_index_candidates(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte);

/*
 * A plain btree index on each single column that the planner could look rows of the
 * relation up by, or read them in order by, and that no index begins with; no matter
 * whether it would help.  Same circumstances.
 */
extern List *pfx_index_lookups(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte);

/*
 * Other forms of an index that turned out useful: partial, shorter, with
 * included columns, of another access method.  Same circumstances.  The caller plans with each and
 * decides; whichever comes first is preferred when both are worth it.
 */
extern List *pfx_index_variants(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte,
								const PfxIndexDef *def);

/* The caller has planned with both: costs of the query, and pages of the indexes */
extern bool pfx_variant_is_better(const PfxIndexDef *old, const PfxIndexDef *new,
								  double cost_before, double old_cost, double new_cost,
								  double old_pages, double new_pages);
extern bool pfx_variant_is_alternative(const PfxIndexDef *old, const PfxIndexDef *new,
									   double cost_before, double old_cost, double new_cost,
									   double old_pages, double new_pages);

#endif							/* PFX_CANDIDATES_H */
