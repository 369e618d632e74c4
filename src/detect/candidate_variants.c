/*-------------------------------------------------------------------------
 *
 * candidate_variants.c
 *	  Other forms of an index that has proved useful: of fewer rows, of more
 *	  columns, of another access method, or shorter.
 *
 * It is apart from candidates.c because it starts from an index and not from a
 * query's terms, and because only few indexes come so far: here statistics may be
 * read that would cost too much for each candidate.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_statistic.h"
#include "detect/candidate_opclass.h"
#include "detect/candidate_keys.h"
#include "detect/candidate_predicates.h"
#include "detect/candidate_proposal.h"
#include "detect/candidate_terms.h"
#include "detect/candidates.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

/* Included columns may make an entry wider by so many bytes */
#define MAX_INCLUDE_WIDTH 48

/* BRIN is for large tables whose rows lie in the order of the column */
#define MIN_BRIN_PAGES 8192
#define MIN_BRIN_CORRELATION 0.95
/* Fewer rows than this a btree finds with less reading than whole block ranges */
#define MIN_BRIN_SELECTIVITY 0.001

static PfxIndexDef *
copy_def(const PfxIndexDef *def)
{
	PfxIndexDef *copy = palloc(sizeof(PfxIndexDef));

	*copy = *def;
	return copy;
}

static void
remove_key(PfxIndexDef *def, int i)
{
	def->nkeys--;
	memmove(&def->keys[i], &def->keys[i + 1], (def->nkeys - i) * sizeof(PfxIndexKey));
}

/* Only the rows of the clauses; a key that is the same in all of them goes. */
static PfxIndexDef *
with_predicate(const PfxIndexDef *def, List *rare)
{
	PfxIndexDef *result = copy_def(def);
	ListCell   *lc;

	foreach(lc, rare)
	{
		PfxRareClause *clause = lfirst(lc);

		result->predicate = lappend(result->predicate, clause->predicate);
		for (int i = result->nkeys - 1; i >= 0 && clause->pins && result->nkeys > 1; i--)
		{
			if (result->keys[i].attnum == clause->key.attnum)
				remove_key(result, i);
		}
	}
	return result;
}

static int32
column_width(Oid relid, AttrNumber attnum)
{
	int32		width = get_attavgwidth(relid, attnum);
	Oid			type;
	int32		typmod;
	Oid			collation;

	if (width > 0)
		return width;
	get_atttypetypmodcoll(relid, attnum, &type, &typmod, &collation);
	return get_typavgwidth(type, typmod);
}

/* The columns that a scan of rel must deliver or look at beside the predicate. */
static Bitmapset *
columns_read(RelOptInfo *rel, List *rare)
{
	Bitmapset  *result = NULL;
	ListCell   *lc;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &result);
	foreach(lc, rel->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		bool		implied = false;
		ListCell   *lc2;

		foreach(lc2, rare)
			implied |= ((PfxRareClause *) lfirst(lc2))->rinfo == rinfo;
		if (!implied)
			pull_varattnos((Node *) rinfo->clause, rel->relid, &result);
	}
	return result;
}

/* With all that the query reads of the table, if that is little; else NULL. */
static PfxIndexDef *
with_columns(RelOptInfo *rel, const PfxIndexDef *def, List *rare)
{
	PfxIndexDef *result = copy_def(def);
	Bitmapset  *columns = columns_read(rel, rare);
	int			column = -1;
	int32		width = 0;

	if (def->am != BTREE_AM_OID)
		return NULL;
	/* of an expression the planner wants the columns too, only to read the index alone */
	for (int i = 0; i < def->nkeys; i++)
	{
		if (def->keys[i].attnum == 0)
			return NULL;
	}
	while ((column = bms_next_member(columns, column)) >= 0)
	{
		AttrNumber	attnum = column + FirstLowInvalidHeapAttributeNumber;
		bool		known = false;

		if (attnum <= 0)
			return NULL;		/* UPDATE, DELETE and FOR UPDATE visit the row */
		for (int i = 0; i < def->nkeys; i++)
			known |= def->keys[i].attnum == attnum;
		if (known)
			continue;
		width += column_width(def->relid, attnum);
		if (result->ninclude == PFX_MAX_INDEX_INCLUDE || width > MAX_INCLUDE_WIDTH)
			return NULL;
		result->include[result->ninclude++] = attnum;
	}
	return result->ninclude > 0 ? result : NULL;
}

/* How well the order of the column is that of the rows; 0: not known. */
static double
column_correlation(Oid relid, AttrNumber attnum)
{
	HeapTuple	tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(relid),
										Int16GetDatum(attnum), BoolGetDatum(false));
	AttStatsSlot slot;
	double		result = 0;

	if (!HeapTupleIsValid(tuple))
		return 0;
	if (get_attstatsslot(&slot, tuple, STATISTIC_KIND_CORRELATION, InvalidOid,
						 ATTSTATSSLOT_NUMBERS))
	{
		if (slot.nnumbers == 1)
			result = slot.numbers[0];
		free_attstatsslot(&slot);
	}
	ReleaseSysCache(tuple);
	return result;
}

/* How much of the table the restrictions of the index's first column leave. */
static Selectivity
range_selectivity(PlannerInfo *root, RelOptInfo *rel, const PfxIndexKey *key)
{
	ListCell   *lc;

	foreach(lc, pfx_clause_terms(root, rel, rel->baserestrictinfo))
	{
		PfxTerm    *term = lfirst(lc);

		if (term->kind == PFX_TERM_RANGE && pfx_same_key(&term->keys[0], key))
			return term->selectivity;
	}
	return 0;
}

/* A few pages that say which blocks hold which values; else NULL. */
static PfxIndexDef *
as_brin(PlannerInfo *root, RelOptInfo *rel, const PfxIndexDef *def)
{
	const PfxIndexKey *key = &def->keys[0];
	PfxIndexDef *result;
	Oid			opclass;

	if (def->am != BTREE_AM_OID || key->attnum == 0 || rel->pages < MIN_BRIN_PAGES ||
		fabs(column_correlation(def->relid, key->attnum)) <= MIN_BRIN_CORRELATION ||
		range_selectivity(root, rel, key) <= MIN_BRIN_SELECTIVITY)
		return NULL;
	opclass = pfx_default_opclass(key->type, BRIN_AM_OID);
	if (!OidIsValid(opclass))
		return NULL;
	result = copy_def(def);
	result->am = BRIN_AM_OID;
	result->nkeys = 1;
	result->keys[0].opclass = opclass;
	result->keys[0].descending = false;
	result->keys[0].nulls_first = false;
	return result;
}

/* Of jsonb: only whole paths to values, if that is not what it has already; else NULL. */
static PfxIndexDef *
with_paths(const PfxIndexDef *def)
{
	Oid			opclass = def->am == GIN_AM_OID && def->nkeys == 1 ?
		pfx_path_opclass(def->keys[0].opclass) : InvalidOid;
	PfxIndexDef *result;

	if (!OidIsValid(opclass) || opclass == def->keys[0].opclass)
		return NULL;
	result = copy_def(def);
	result->keys[0].opclass = opclass;
	return result;
}

/*
 * Is it known how many values each key has?  Without statistics all expressions look the
 * same, and one of them alone may find any number of rows.
 */
static bool
keys_are_known(PlannerInfo *root, RelOptInfo *rel, const PfxIndexDef *def)
{
	for (int i = 0; i < def->nkeys; i++)
	{
		VariableStatData vardata;
		bool		isdefault;
		Node	   *expr;

		if (def->keys[i].attnum != 0)
			continue;
		expr = copyObject(def->keys[i].expr);
		ChangeVarNodes(expr, 1, rel->relid, 0);
		examine_variable(root, expr, 0, &vardata);
		(void) get_variable_numdistinct(&vardata, &isdefault);
		ReleaseVariableStats(vardata);
		if (isdefault)
			return false;
	}
	return true;
}

/* Only so many of the keys, from the first one named on, unless the table has that; else NULL. */
static PfxIndexDef *
shortened(RelOptInfo *rel, const PfxIndexDef *def, int first, int nkeys)
{
	PfxProposal proposal = {NULL};

	if (nkeys < 1 || nkeys == def->nkeys)
		return NULL;
	proposal.def = copy_def(def);
	proposal.def->nkeys = nkeys;
	memmove(&proposal.def->keys[0], &def->keys[first], nkeys * sizeof(PfxIndexKey));
	return pfx_already_indexed(rel, &proposal) ? NULL : proposal.def;
}

/* The clauses that the index's predicate is made of. */
static List *
predicates_of(const PfxIndexDef *def, List *rare)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, rare)
	{
		if (list_member(def->predicate, ((PfxRareClause *) lfirst(lc))->predicate))
			result = lappend(result, lfirst(lc));
	}
	return result;
}

static List *
add_variant(List *variants, const PfxIndexDef *def, PfxIndexDef *variant)
{
	ListCell   *lc;

	if (variant == NULL || pfx_same_index(def, variant) ||
		list_length(variants) >= PFX_MAX_VARIANTS)
		return variants;
	foreach(lc, variants)
	{
		if (pfx_same_index(lfirst(lc), variant))
			return variants;
	}
	return lappend(variants, variant);
}

List *
pfx_index_variants(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte,
				   const PfxIndexDef *def)
{
	List	   *variants = NIL;
	List	   *rare;

	if (def->ninclude > 0 || def->am == BRIN_AM_OID)
		return NIL;				/* is a variant itself */

	/* simple before composed ones, so that a plain need gets a plain index */
	rare = pfx_rare_clauses(root, rel, rte->relid);
	if (def->predicate != NIL)
		variants = add_variant(variants, def,
							   with_columns(rel, def, predicates_of(def, rare)));
	else
	{
		List	   *rarest = rare != NIL ? list_make1(linitial(rare)) : NIL;

		variants = add_variant(variants, def, with_predicate(def, rarest));
		variants = add_variant(variants, def, with_predicate(def, rare));
		variants = add_variant(variants, def, with_columns(rel, def, NIL));
		variants = add_variant(variants, def,
							   with_columns(rel, with_predicate(def, rarest), rarest));
		variants = add_variant(variants, def, as_brin(root, rel, def));
	}
	variants = add_variant(variants, def, with_paths(def));
	if (def->nkeys < 2 || !keys_are_known(root, rel, def))
		return variants;
	variants = add_variant(variants, def, shortened(rel, def, 0, def->nkeys - 1));
	/* what a single one of them does may be nearly as good, and is smaller */
	variants = add_variant(variants, def, shortened(rel, def, 0, 1));
	if (def->am == BTREE_AM_OID)
		variants = add_variant(variants, def, shortened(rel, def, def->nkeys - 1, 1));
	return variants;
}

/* ---- which of two forms ---- */

/* Is another form of an index better, whatever time and space are worth? */
bool
pfx_variant_is_better(const PfxIndexDef *old, const PfxIndexDef *new, double cost_before,
					  double old_cost, double new_cost, double old_pages, double new_pages)
{
	if (new->ninclude > old->ninclude)
		return false;

	/*
	 * Block ranges instead of a tree: next to nothing to keep.  The planner charges
	 * for every range it might have to read, which is far from what is read where
	 * the table lies in order.
	 */
	if (new->am != old->am)
		return new_cost < 0.75 * cost_before && new_pages < 0.05 * old_pages;
	/* of one operator class instead of another: it has fewer entries, whatever a sample says */
	if (new->am == GIN_AM_OID && new->nkeys == old->nkeys)
		return new_cost < 1.02 * old_cost;
	if (new->predicate != NIL && old->predicate == NIL)
		return new_cost < 1.02 * old_cost && new_pages < 0.6 * old_pages;
	return new_cost < 1.02 * old_cost && new_pages < old_pages;
}

/*
 * Might it be, so that it is to be kept beside?  Larger for less work, or smaller
 * for most of what is gained.
 */
bool
pfx_variant_is_alternative(const PfxIndexDef *old, const PfxIndexDef *new, double cost_before,
						   double old_cost, double new_cost, double old_pages, double new_pages)
{
	if (new->am != old->am || !equal(new->predicate, old->predicate))
		return false;
	if (new->ninclude > old->ninclude)
		return new_cost < 0.9 * old_cost;
	return cost_before - new_cost > 0.5 * (cost_before - old_cost) && new_pages < 0.8 * old_pages;
}
