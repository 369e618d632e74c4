/*-------------------------------------------------------------------------
 *
 * hypothetical.c
 *	  Makes the planner's description of an index that does not exist.
 *
 * It holds what the server's own get_relation_info() would say if the index had
 * just been built, so that cost estimates, index-only scans, sort orders and
 * the tree's descent come out as with the real one.  Separate from the size
 * (indexsize.c) because that is statistics, this is catalogs.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/amapi.h"
#include "access/gist.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_am_d.h"
#include "detect/hypothetical.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/*
 * Can an index-only scan return the column?  The access method's own answer
 * needs an open index; these are the rules behind it.
 */
static bool
can_return(const PfxIndexDef *def, const IndexOptInfo *index, int column)
{
	if (def->am == BTREE_AM_OID)
		return true;
	if (def->am != GIST_AM_OID)
		return false;
	if (column >= def->nkeys)
		return true;
	return OidIsValid(get_opfamily_proc(index->opfamily[column], index->opcintype[column],
										index->opcintype[column], GIST_FETCH_PROC)) ||
		!OidIsValid(get_opfamily_proc(index->opfamily[column], index->opcintype[column],
									  index->opcintype[column], GIST_COMPRESS_PROC));
}

/* The expressions that a scan of the index can give, one per column. */
static List *
index_targetlist(const IndexOptInfo *index, Relation table)
{
	List	   *result = NIL;
	ListCell   *next_expr = list_head(index->indexprs);

	for (int i = 0; i < index->ncolumns; i++)
	{
		Expr	   *expr;

		if (index->indexkeys[i] != 0)
		{
			Form_pg_attribute att = TupleDescAttr(RelationGetDescr(table),
												  index->indexkeys[i] - 1);

			expr = (Expr *) makeVar(index->rel->relid, att->attnum, att->atttypid,
									att->atttypmod, att->attcollation, 0);
		}
		else
		{
			expr = lfirst(next_expr);
			next_expr = lnext(index->indexprs, next_expr);
		}
		result = lappend(result, makeTargetEntry(expr, i + 1, NULL, false));
	}
	return result;
}

IndexOptInfo *
pfx_hypothetical_index(PlannerInfo *root, RelOptInfo *rel, const PfxIndexDef *def, Oid indexoid)
{
	const IndexAmRoutine *am = GetIndexAmRoutineByAmId(def->am, true);
	IndexOptInfo *index;
	PfxIndexSize size;
	Relation	table;

	if (am == NULL || def->nkeys < 1 ||
		(def->nkeys > 1 && !am->amcanmulticol) ||
		(def->ninclude > 0 && !am->amcaninclude))
		return NULL;

	index = makeNode(IndexOptInfo);
	index->indexoid = indexoid;
	index->reltablespace = InvalidOid;
	index->rel = rel;
	index->relam = def->am;
	index->nkeycolumns = def->nkeys;
	index->ncolumns = def->nkeys + def->ninclude;
	index->indexkeys = palloc0_array(int, index->ncolumns);
	index->indexcollations = palloc0_array(Oid, index->nkeycolumns);
	index->opfamily = palloc0_array(Oid, index->nkeycolumns);
	index->opcintype = palloc0_array(Oid, index->nkeycolumns);
	index->opclassoptions = palloc0_array(bytea *, index->nkeycolumns);
	index->canreturn = palloc0_array(bool, index->ncolumns);

	for (int i = 0; i < def->nkeys; i++)
	{
		const PfxIndexKey *key = &def->keys[i];

		index->indexkeys[i] = key->attnum;
		index->indexcollations[i] = key->collation;
		index->opfamily[i] = get_opclass_family(key->opclass);
		index->opcintype[i] = get_opclass_input_type(key->opclass);
		if (key->attnum == 0)
			index->indexprs = lappend(index->indexprs, copyObject(key->expr));
	}
	for (int i = 0; i < def->ninclude; i++)
		index->indexkeys[def->nkeys + i] = def->include[i];
	for (int i = 0; i < index->ncolumns; i++)
		index->canreturn[i] = can_return(def, index, i);

	/* Of the server's access methods only btree is ordered */
	if (am->amcanorder && def->am == BTREE_AM_OID)
	{
		index->sortopfamily = index->opfamily;
		index->reverse_sort = palloc_array(bool, index->nkeycolumns);
		index->nulls_first = palloc_array(bool, index->nkeycolumns);
		for (int i = 0; i < def->nkeys; i++)
		{
			index->reverse_sort[i] = def->keys[i].descending;
			index->nulls_first[i] = def->keys[i].nulls_first;
		}
	}

	/* Clauses of the query are matched to these by equal(): same varno */
	index->indpred = copyObject(def->predicate);
	if (rel->relid != 1)
	{
		ChangeVarNodes((Node *) index->indexprs, 1, rel->relid, 0);
		ChangeVarNodes((Node *) index->indpred, 1, rel->relid, 0);
	}

	table = table_open(def->relid, NoLock);
	index->indextlist = index_targetlist(index, table);
	index->amhasgetbitmap = am->amgetbitmap != NULL && table->rd_tableam != NULL &&
		table->rd_tableam->scan_bitmap_next_tuple != NULL;
	table_close(table, NoLock);

	index->unique = false;
	index->immediate = true;
	index->hypothetical = true;
	index->amcanorderbyop = am->amcanorderbyop;
	index->amoptionalkey = am->amoptionalkey;
	index->amsearcharray = am->amsearcharray;
	index->amsearchnulls = am->amsearchnulls;
	index->amhasgettuple = am->amgettuple != NULL;
	index->amcanparallel = am->amcanparallel;
	index->amcanmarkpos = am->ammarkpos != NULL && am->amrestrpos != NULL;
	index->amcostestimate = am->amcostestimate;

	pfx_index_size_in(root, rel, def, &size);
	index->pages = size.pages;
	index->tuples = Min(size.tuples, rel->tuples);
	index->tree_height = size.tree_height;
	return index;
}
