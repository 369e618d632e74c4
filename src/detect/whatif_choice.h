/*-------------------------------------------------------------------------
 *
 * whatif_choice.h
 *	  What an experiment with indexes is made of: those offered, those chosen,
 *	  how the plan uses them.
 *
 * Only for whatif.c, which makes the experiment, and whatif_result.c, which
 * writes it down.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_WHATIF_CHOICE_H
#define PFX_WHATIF_CHOICE_H

#include "detect/indexdef.h"
#include "lib/stringinfo.h"
#include "nodes/plannodes.h"

/* One index that is offered: of a partitioned table, to one partition */
typedef struct PfxOffer
{
	PfxIndexDef def;
	Oid			oid;			/* by which it is found in the plan */
	double		table_pages;	/* of what it would stand on */
	double		table_tuples;
	double		pages;			/* its own, the least that a planning took them for; 0: none */
	struct PfxChoice *choice;	/* it is part of, or NULL */
	bool		offered;		/* in the experiment under way */
	bool		lookup;			/* of one column, for what others may create */
	List	   *variants;		/* of PfxIndexDef, once asked for */
	bool		want_variants;
} PfxOffer;

/* How a plan uses an index */
typedef struct PfxIndexScan
{
	const char *scan;			/* NULL: it does not */
	double		loops;
	double		rows_per_loop;	/* that the scan returns */
	double		fetched_per_loop;	/* that it reads for that */
	double		full_cost;		/* of all its loops, each to its end; 0: not known */
	bool		index_only;
	const char *join;			/* above it, or NULL */
} PfxIndexScan;

/* Another form that the index could have, or a single column that others may index */
typedef struct PfxIndexForm
{
	PfxOffer   *offer;
	double		cost;			/* of the statement with it */
	PfxIndexScan use;
} PfxIndexForm;

/* One index that is proposed; of a partitioned table, all its partitions' */
typedef struct PfxChoice
{
	char	   *facts;			/* pfx_index_json(), which also tells it apart */
	List	   *offers;
	List	   *forms;			/* of PfxIndexForm */
	double		cost_without;
	Oid			relid;			/* the topmost parent */
	PfxIndexScan use;
} PfxChoice;

/* The topmost table that the partition belongs to; itself, if it is none */
extern Oid	pfx_topmost_parent(Oid relid);

extern double pfx_offer_pages(const PfxOffer *offer);

/* One object each, of the proof's indexes and risks; before: the plan without any */
extern void pfx_append_choice(StringInfo buf, const PfxChoice *choice, const PlannedStmt *before);
extern void pfx_append_risk(StringInfo buf, const PfxIndexForm *risk, const PlannedStmt *before);

/* ", "name": "text"", or null */
extern void pfx_append_member(StringInfo buf, const char *name, const char *text);

#endif							/* PFX_WHATIF_CHOICE_H */
