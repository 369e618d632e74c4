/*-------------------------------------------------------------------------
 *
 * indexstats.h
 *	  What the statistics tell about the values that an index would hold.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_INDEXSTATS_H
#define PFX_INDEXSTATS_H

#include "nodes/pathnodes.h"

/* One column or expression, over all rows of the table */
typedef struct PfxKeyStats
{
	double		null_frac;
	double		width;			/* bytes of a value as stored, without alignment */
	double		distinct;		/* values that are not NULL */
	int			ncommon;		/* how many of them are known by their frequency, */
	double		common_frac;	/* and what part of the rows these make up */
} PfxKeyStats;

/* What ANALYZE found inside of values: elements of arrays, lexemes */
typedef struct PfxElementStats
{
	int			ncommon;		/* how many are known, */
	float4	   *frequency;		/* and what part of the rows has each; palloc'd */
	double		min_frequency;	/* others are rarer */
	double		per_row;		/* different ones in a row; 0 when not known */
	double		width;			/* bytes of one, a varlena's header included */
} PfxElementStats;

/* A value that ANALYZE kept, and how many rows of the table it stands for */
typedef struct PfxSampleValue
{
	Datum		value;
	double		rows;
} PfxSampleValue;

/*
 * A planner's view of one table, for the server's functions that want one.  The
 * table is locked by the caller; everything is in the current context.
 */
extern RelOptInfo *pfx_table_for_statistics(Oid relid, BlockNumber pages, double tuples,
											PlannerInfo **root);

/*
 * The expression is one over rel alone.  Without statistics widths come from the
 * type, and all values are taken for different.
 */
extern void pfx_key_stats(PlannerInfo *root, RelOptInfo *rel, Node *expr, PfxKeyStats *stats);

/* False when ANALYZE knows of none */
extern bool pfx_element_stats(PlannerInfo *root, Node *expr, PfxElementStats *stats);

/* The most common values and the bounds of the histogram, palloc'd; 0: none */
extern int	pfx_sample_values(PlannerInfo *root, RelOptInfo *rel, Node *expr,
							  PfxSampleValue **values);

/*
 * Different combinations of columns, as an extended statistics object counted
 * them; 0 when none did.
 */
extern double pfx_combined_distinct(PlannerInfo *root, RelOptInfo *rel, Bitmapset *attnums);

/*
 * At most how many, because they refer to a table's rows: by a foreign key over just
 * these columns, or by a join of the query that is being planned with all columns of a
 * unique index; 0 when nothing says so.  The table is locked by the caller.
 */
extern double pfx_referenced_distinct(PlannerInfo *root, RelOptInfo *rel, Oid relid,
									  Bitmapset *attnums);

#endif							/* PFX_INDEXSTATS_H */
