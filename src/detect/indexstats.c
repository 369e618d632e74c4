/*-------------------------------------------------------------------------
 *
 * indexstats.c
 *	  Reads from the statistics what an index would hold.
 *
 * Separate from the arithmetic over it (indexsize.c, ginsize.c).  The server's
 * own functions for planning find the statistics: they know those of columns,
 * of expressions of existing indexes, and of extended statistics objects.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_statistic_ext.h"
#include "compat.h"
#include "detect/indexstats.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "parser/parse_relation.h"
#include "parser/parsetree.h"
#include "statistics/statistics.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

RelOptInfo *
pfx_table_for_statistics(Oid relid, BlockNumber pages, double tuples, PlannerInfo **root)
{
	Query	   *query = makeNode(Query);
	RangeTblEntry *rte = makeNode(RangeTblEntry);
	RelOptInfo *rel;

	rte->rtekind = RTE_RELATION;
	rte->relid = relid;
	rte->relkind = get_rel_relkind(relid);
	rte->rellockmode = AccessShareLock;
	rte->inFromCl = true;
	/* Saves the planner a look at the table's size and its indexes */
	rte->inh = true;
	query->commandType = CMD_SELECT;
	query->rtable = list_make1(rte);
	pfx_add_permission_info(query, rte);

	*root = makeNode(PlannerInfo);
	(*root)->parse = query;
	(*root)->glob = makeNode(PlannerGlobal);
	(*root)->query_level = 1;
	(*root)->planner_cxt = CurrentMemoryContext;
	(*root)->wt_param_id = -1;
	setup_simple_rel_arrays(*root);
	rel = build_simple_rel(*root, 1, NULL);
	/* From here on it selects the statistics: of the table, not of its children */
	rte->inh = rte->relkind == RELKIND_PARTITIONED_TABLE;
	rel->pages = pages;
	rel->tuples = Max(tuples, 0);
	rel->rows = rel->tuples;
	return rel;
}

/* The product of the different values of the columns in an expression: it has no more. */
static double
distinct_of_columns(PlannerInfo *root, RelOptInfo *rel, Node *expr)
{
	double		result = 1;
	List	   *vars = pull_var_clause(expr, 0);
	ListCell   *lc;

	foreach(lc, vars)
	{
		PfxKeyStats stats;

		pfx_key_stats(root, rel, lfirst(lc), &stats);
		result *= Max(stats.distinct, 1);
	}
	return result;
}

void
pfx_key_stats(PlannerInfo *root, RelOptInfo *rel, Node *expr, PfxKeyStats *stats)
{
	VariableStatData vardata;
	AttStatsSlot slot;
	bool		is_guess;

	memset(stats, 0, sizeof(*stats));
	examine_variable(root, expr, 0, &vardata);
	if (HeapTupleIsValid(vardata.statsTuple))
	{
		Form_pg_statistic form = (Form_pg_statistic) GETSTRUCT(vardata.statsTuple);

		stats->null_frac = form->stanullfrac;
		stats->width = form->stawidth;
		/* Computed values were measured with a long header, but are stored with a short one */
		if (!IsA(expr, Var) && get_typlen(exprType(expr)) == -1 &&
			stats->width > VARHDRSZ && stats->width <= VARATT_SHORT_MAX)
			stats->width -= VARHDRSZ - VARHDRSZ_SHORT;
		if (get_attstatsslot(&slot, vardata.statsTuple, STATISTIC_KIND_MCV, InvalidOid,
							 ATTSTATSSLOT_NUMBERS))
		{
			stats->ncommon = slot.nnumbers;
			for (int i = 0; i < slot.nnumbers; i++)
				stats->common_frac += slot.numbers[i];
			free_attstatsslot(&slot);
		}
	}
	stats->distinct = get_variable_numdistinct(&vardata, &is_guess);
	ReleaseVariableStats(vardata);

	if (is_guess)
		stats->distinct = IsA(expr, Var) ? rel->tuples :
			distinct_of_columns(root, rel, expr);
	stats->distinct = Min(stats->distinct, rel->tuples * (1 - stats->null_frac));
	if (stats->width <= 0)
		stats->width = get_typavgwidth(exprType(expr), exprTypmod(expr));
}

bool
pfx_element_stats(PlannerInfo *root, Node *expr, PfxElementStats *stats)
{
	VariableStatData vardata;
	AttStatsSlot slot;
	Oid			element = get_base_element_type(exprType(expr));
	double		bytes = 0;

	memset(stats, 0, sizeof(*stats));
	examine_variable(root, expr, 0, &vardata);
	if (!HeapTupleIsValid(vardata.statsTuple) ||
		!get_attstatsslot(&slot, vardata.statsTuple, STATISTIC_KIND_MCELEM, InvalidOid,
						  ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS))
	{
		ReleaseVariableStats(vardata);
		return false;
	}

	/* After the frequencies stand the lowest and the highest; of arrays, NULL's too */
	stats->ncommon = slot.nvalues;
	stats->frequency = palloc_array(float4, Max(slot.nvalues, 1));
	for (int i = 0; i < slot.nvalues && i < slot.nnumbers; i++)
	{
		stats->frequency[i] = slot.numbers[i];
		if (OidIsValid(element) && get_typlen(element) > 0)
			bytes += get_typlen(element);
		else
			bytes += VARSIZE_ANY_EXHDR(DatumGetPointer(slot.values[i])) + VARHDRSZ_SHORT;
	}
	if (slot.nnumbers > slot.nvalues)
		stats->min_frequency = slot.numbers[slot.nvalues];
	stats->width = slot.nvalues > 0 ? bytes / slot.nvalues : sizeof(int32);
	free_attstatsslot(&slot);

	/* The last number is the average */
	if (get_attstatsslot(&slot, vardata.statsTuple, STATISTIC_KIND_DECHIST, InvalidOid,
						 ATTSTATSSLOT_NUMBERS))
	{
		if (slot.nnumbers > 0)
			stats->per_row = slot.numbers[slot.nnumbers - 1];
		free_attstatsslot(&slot);
	}
	ReleaseVariableStats(vardata);
	return true;
}

int
pfx_sample_values(PlannerInfo *root, RelOptInfo *rel, Node *expr, PfxSampleValue **values)
{
	VariableStatData vardata;
	AttStatsSlot common = {0};
	AttStatsSlot bounds = {0};
	Form_pg_statistic form;
	double		rest;
	int			n = 0;
	int16		typlen;
	bool		typbyval;

	examine_variable(root, expr, 0, &vardata);
	if (!HeapTupleIsValid(vardata.statsTuple))
	{
		ReleaseVariableStats(vardata);
		return 0;
	}
	form = (Form_pg_statistic) GETSTRUCT(vardata.statsTuple);
	rest = 1 - form->stanullfrac;
	(void) get_attstatsslot(&common, vardata.statsTuple, STATISTIC_KIND_MCV, InvalidOid,
							ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS);
	(void) get_attstatsslot(&bounds, vardata.statsTuple, STATISTIC_KIND_HISTOGRAM, InvalidOid,
							ATTSTATSSLOT_VALUES);
	get_typlenbyval(exprType(expr), &typlen, &typbyval);

	*values = palloc_array(PfxSampleValue, common.nvalues + bounds.nvalues + 1);
	for (int i = 0; i < common.nvalues && i < common.nnumbers; i++)
	{
		rest -= common.numbers[i];
		(*values)[n].value = datumCopy(common.values[i], typbyval, typlen);
		(*values)[n++].rows = common.numbers[i] * rel->tuples;
	}
	for (int i = 0; i < bounds.nvalues; i++)
	{
		(*values)[n].value = datumCopy(bounds.values[i], typbyval, typlen);
		(*values)[n++].rows = Max(rest, 0) * rel->tuples / bounds.nvalues;
	}
	free_attstatsslot(&common);
	free_attstatsslot(&bounds);
	ReleaseVariableStats(vardata);
	return n;
}

double
pfx_combined_distinct(PlannerInfo *root, RelOptInfo *rel, Bitmapset *attnums)
{
	bool		inherited = planner_rt_fetch(rel->relid, root)->inh;
	ListCell   *lc;

	foreach(lc, rel->statlist)
	{
		StatisticExtInfo *info = lfirst(lc);
		MVNDistinct *counted;

		if (info->kind != STATS_EXT_NDISTINCT || info->inherit != inherited ||
			!bms_is_subset(attnums, info->keys))
			continue;
		counted = statext_ndistinct_load(info->statOid, inherited);
		for (int i = 0; i < counted->nitems; i++)
		{
			MVNDistinctItem *item = &counted->items[i];
			bool		same = item->nattributes == bms_num_members(attnums);

			for (int j = 0; j < item->nattributes && same; j++)
				same = item->attributes[j] > 0 &&
					bms_is_member(item->attributes[j], attnums);
			if (same)
				return item->ndistinct;
		}
	}
	return 0;
}

/* The rows of the table, as its last VACUUM or ANALYZE counted them; 0: not known. */
static double
table_rows(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	double		result = 0;

	if (HeapTupleIsValid(tuple))
	{
		result = Max(((Form_pg_class) GETSTRUCT(tuple))->reltuples, 0);
		ReleaseSysCache(tuple);
	}
	return result;
}

/* By foreign keys of the table: a combination is one of the rows referenced. */
static double
distinct_by_foreign_key(Oid relid, Bitmapset *attnums)
{
	Relation	table = table_open(relid, NoLock);
	double		result = 0;
	ListCell   *lc;

	foreach(lc, RelationGetFKeyList(table))
	{
		ForeignKeyCacheInfo *key = lfirst_node(ForeignKeyCacheInfo, lc);
		Bitmapset  *columns = NULL;
		double		rows;

		for (int i = 0; i < key->nkeys; i++)
			columns = bms_add_member(columns, key->conkey[i]);
		rows = bms_equal(columns, attnums) ? table_rows(key->confrelid) : 0;
		if (rows > 0 && (result == 0 || rows < result))
			result = rows;
	}
	table_close(table, NoLock);
	return result;
}

/* Does the query compare rel's column with this one of another relation? */
static bool
is_compared(PlannerInfo *root, RelOptInfo *rel, Bitmapset *attnums, RelOptInfo *other,
			AttrNumber other_attnum, Bitmapset **found)
{
	ListCell   *lc;

	foreach(lc, root->eq_classes)
	{
		EquivalenceClass *ec = lfirst_node(EquivalenceClass, lc);
		bool		has_other = false;
		AttrNumber	own = 0;
		ListCell   *lm;

		foreach(lm, ec->ec_members)
		{
			Expr	   *expr = lfirst_node(EquivalenceMember, lm)->em_expr;
			Var		   *var = IsA(expr, RelabelType) ?
				(Var *) ((RelabelType *) expr)->arg : (Var *) expr;

			if (!IsA(var, Var) || var->varlevelsup > 0)
				continue;
			has_other |= var->varno == other->relid && var->varattno == other_attnum;
			if (var->varno == rel->relid && var->varattno > 0 &&
				bms_is_member(var->varattno, attnums))
				own = var->varattno;
		}
		if (has_other && own != 0)
		{
			*found = bms_add_member(*found, own);
			return true;
		}
	}
	return false;
}

/*
 * By a join: the columns are together compared with all of another relation's unique
 * index.  Rows without a partner there would be no less possible, but where such a
 * join is written, as a rule there are none.
 */
static double
distinct_by_join(PlannerInfo *root, RelOptInfo *rel, Bitmapset *attnums)
{
	double		result = 0;

	for (int i = 1; i < root->simple_rel_array_size; i++)
	{
		RelOptInfo *other = root->simple_rel_array[i];
		ListCell   *lc;

		if (other == NULL || other == rel || other->reloptkind != RELOPT_BASEREL)
			continue;
		foreach(lc, other->indexlist)
		{
			IndexOptInfo *index = lfirst_node(IndexOptInfo, lc);
			Bitmapset  *found = NULL;
			bool		all = index->unique && index->indpred == NIL;

			for (int j = 0; j < index->nkeycolumns && all; j++)
				all = index->indexkeys[j] > 0 &&
					is_compared(root, rel, attnums, other, index->indexkeys[j], &found);
			if (all && bms_equal(found, attnums) && (result == 0 || other->tuples < result))
				result = other->tuples;
		}
	}
	return result;
}

double
pfx_referenced_distinct(PlannerInfo *root, RelOptInfo *rel, Oid relid, Bitmapset *attnums)
{
	double		by_key = distinct_by_foreign_key(relid, attnums);
	double		by_join = distinct_by_join(root, rel, attnums);

	if (by_key > 0 && by_join > 0)
		return Min(by_key, by_join);
	return Max(by_key, by_join);
}
