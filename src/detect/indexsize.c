/*-------------------------------------------------------------------------
 *
 * indexsize.c
 *	  Estimates how large an index would be right after CREATE INDEX.
 *
 * It follows what each access method's build does with the values that the
 * statistics promise.  Separate from the planner's description of the index
 * (hypothetical.c); GIN, whose keys lie inside of values, is in ginsize.c.
 *
 * Known limits: combinations of columns are taken for independent unless an
 * extended statistics object counted them or they refer to a table's rows; the
 * widths of variable-length values for even around their average.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/brin.h"
#include "access/brin_page.h"
#include "access/brin_tuple.h"
#include "access/gist.h"
#include "access/hash.h"
#include "access/itup.h"
#include "access/nbtree.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_type_d.h"
#include "detect/ginsize.h"
#include "detect/hypothetical.h"
#include "detect/indexstats.h"
#include "detect/operators.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"

/* What a page holds, line pointers included */
#define USABLE(special) ((double) (BLCKSZ - SizeOfPageHeaderData - MAXALIGN(special)))

/* CREATE INDEX ends a posting list before it fills a tenth of a page */
#define MAX_POSTING_TUPLE \
	(MAXALIGN_DOWN(BLCKSZ * 10 / 100) - sizeof(ItemIdData))

/* A column of the index, over the rows that the index holds */
typedef struct Column
{
	Node	   *expr;
	PfxKeyStats stats;
	int16		typlen;
	char		typalign;
} Column;

typedef struct Shape
{
	PlannerInfo *root;
	RelOptInfo *rel;
	const PfxIndexDef *def;
	Column		columns[PFX_MAX_INDEX_KEYS + PFX_MAX_INDEX_INCLUDE];
	int			ncolumns;
	double		tuples;
	bool		partial;
} Shape;

static int
alignment(char typalign)
{
	switch (typalign)
	{
		case TYPALIGN_SHORT:
			return ALIGNOF_SHORT;
		case TYPALIGN_INT:
			return ALIGNOF_INT;
		case TYPALIGN_DOUBLE:
			return ALIGNOF_DOUBLE;
		default:
			return 1;
	}
}

/* A tuple under construction; its length is an average when it varies from row to row */
typedef struct Layout
{
	double		length;
	bool		varies;
	bool		aligned;		/* varies, but by multiples of the largest alignment */
} Layout;

/* Adds a value, padded as its type wants; by half of what may be needed when that varies. */
static void
place(Layout *layout, const Column *column)
{
	int			align = alignment(column->typalign);

	if (column->typlen < 0 && column->stats.width <= VARATT_SHORT_MAX)
		align = 1;
	if (!layout->varies)
		layout->length = TYPEALIGN(align, (uint64) layout->length);
	else if (!layout->aligned)
		layout->length += (align - 1) / 2.0;
	if (column->typlen > 0)
	{
		layout->length += column->typlen;
		layout->aligned = (layout->aligned || align == MAXIMUM_ALIGNOF) &&
			column->typlen % MAXIMUM_ALIGNOF == 0;
	}
	else
	{
		layout->length += column->stats.width;
		layout->varies = true;
		layout->aligned = false;
	}
}

static double
finish(const Layout *layout)
{
	if (!layout->varies)
		return MAXALIGN((uint64) layout->length);
	return layout->length + (layout->aligned ? 0 : (MAXIMUM_ALIGNOF - 1) / 2.0);
}

/* Size of an index tuple that points to one row, without line pointer; nulls: a bit per column. */
static double
tuple_size(const Column *columns, int ncolumns, uint32 nulls)
{
	Layout		layout = {sizeof(IndexTupleData)};

	if (nulls != 0)
		layout.length = MAXALIGN(sizeof(IndexTupleData) + sizeof(IndexAttributeBitMapData));
	for (int i = 0; i < ncolumns; i++)
		if ((nulls & (1 << i)) == 0)
			place(&layout, &columns[i]);
	return finish(&layout);
}

/* What a clause of the predicate tells about a column in the rows that it keeps. */
static void
narrow_by_clause(Column *column, Node *clause)
{
	Node	   *tested = NULL;

	if (IsA(clause, NullTest))
	{
		if (!equal(((NullTest *) clause)->arg, column->expr))
			return;
		if (((NullTest *) clause)->nulltesttype == IS_NULL)
			column->stats.null_frac = 1;
		else
			column->stats.null_frac = 0;
		return;
	}
	if (IsA(clause, BoolExpr) && ((BoolExpr *) clause)->boolop == NOT_EXPR)
		tested = linitial(((BoolExpr *) clause)->args);
	else if (IsA(clause, Var))
		tested = clause;
	else if (is_opclause(clause) && list_length(((OpExpr *) clause)->args) == 2)
	{
		OpExpr	   *op = (OpExpr *) clause;

		if (equal(linitial(op->args), column->expr) && op_strict(op->opno))
		{
			column->stats.null_frac = 0;
			if (pfx_operator_strategy(op->opno, exprType(column->expr)) !=
				BTEqualStrategyNumber)
				return;
			tested = column->expr;
		}
	}
	if (tested && equal(tested, column->expr))
	{
		column->stats.null_frac = 0;
		column->stats.distinct = 1;
	}
}

static void
add_column(Shape *shape, Node *expr, const List *predicate)
{
	Column	   *column = &shape->columns[shape->ncolumns++];
	PfxKeyStats *stats = &column->stats;
	double		present;
	bool		by_value;
	ListCell   *lc;

	column->expr = expr;
	get_typlenbyvalalign(exprType(expr), &column->typlen, &by_value, &column->typalign);
	pfx_key_stats(shape->root, shape->rel, expr, stats);
	if (!shape->partial)
		return;

	/* Rows left out take values along: what remains when each row stays or goes by chance */
	present = shape->rel->tuples * (1 - stats->null_frac);
	stats->ncommon = 0;
	stats->common_frac = 0;
	foreach(lc, predicate)
		narrow_by_clause(column, lfirst(lc));
	if (stats->distinct > 0 && present > 0)
		stats->distinct *= 1 - pow(1 - Min(shape->tuples * (1 - stats->null_frac) / present, 1),
								   Max(present / stats->distinct, 1));
	stats->distinct = Min(stats->distinct, shape->tuples * (1 - stats->null_frac));
}

static void
describe(Shape *shape, PlannerInfo *root, RelOptInfo *rel, const PfxIndexDef *def)
{
	List	   *predicate = copyObject(def->predicate);
	double		kept = 1;

	shape->root = root;
	shape->rel = rel;
	shape->def = def;
	shape->ncolumns = 0;
	shape->partial = predicate != NIL;
	if (shape->partial)
	{
		if (rel->relid != 1)
			ChangeVarNodes((Node *) predicate, 1, rel->relid, 0);
		kept = clauselist_selectivity(root, predicate, rel->relid, JOIN_INNER, NULL);
	}
	shape->tuples = rint(rel->tuples * kept);

	for (int i = 0; i < def->nkeys + def->ninclude; i++)
	{
		AttrNumber	attnum = i < def->nkeys ? def->keys[i].attnum : def->include[i - def->nkeys];
		Node	   *expr;

		if (attnum != 0)
		{
			Oid			type;
			int32		typmod;
			Oid			collation;

			get_atttypetypmodcoll(def->relid, attnum, &type, &typmod, &collation);
			expr = (Node *) makeVar(rel->relid, attnum, type, typmod, collation, 0);
		}
		else
		{
			expr = copyObject(def->keys[i].expr);
			if (rel->relid != 1)
				ChangeVarNodes(expr, 1, rel->relid, 0);
		}
		add_column(shape, expr, predicate);
	}
}

/* Different values of the key columns that are not NULL, in so many rows. */
static double
distinct_keys(const Shape *shape, uint32 nulls, double rows)
{
	double		product = 1;
	double		most = 1;
	int			nkeys = 0;
	Bitmapset  *attnums = NULL;

	for (int i = 0; i < shape->def->nkeys; i++)
	{
		double		distinct = Max(shape->columns[i].stats.distinct, 1);

		if (nulls & (1 << i))
			continue;
		product *= distinct;
		most = Max(most, distinct);
		nkeys++;
		if (shape->def->keys[i].attnum > 0)
			attnums = bms_add_member(attnums, shape->def->keys[i].attnum);
	}
	if (nkeys > 1)
	{
		if (!shape->partial && nulls == 0 && bms_num_members(attnums) == nkeys)
		{
			double		counted = pfx_combined_distinct(shape->root, shape->rel, attnums);

			if (counted > 0)
				return Min(counted, rows);
			counted = pfx_referenced_distinct(shape->root, shape->rel, shape->def->relid, attnums);
			if (counted > 0)
				product = Min(product, Max(counted, most));
		}
		/* of so many possible combinations, those that come up in the rows */
		if (product < 100 * rows)
			product = Max(product * (1 - exp(-rows / product)), Min(most, rows));
	}
	return Min(product, rows);
}

/* May a btree index store equal keys once?  As its build decides. */
static bool
deduplicates(const PfxIndexDef *def)
{
	if (def->ninclude > 0)
		return false;
	for (int i = 0; i < def->nkeys; i++)
	{
		Oid			type = get_opclass_input_type(def->keys[i].opclass);
		Oid			proc = get_opfamily_proc(get_opclass_family(def->keys[i].opclass),
											 type, type, BTEQUALIMAGE_PROC);

		/* The server's own are two harmless functions; others are not called here */
		if (!OidIsValid(proc) || proc >= FirstNormalObjectId ||
			!DatumGetBool(OidFunctionCall1Coll(proc, def->keys[i].collation,
											   ObjectIdGetDatum(type))))
			return false;
	}
	return true;
}

/*
 * Leaf pages for so many tuples of this size, of which the high key can do
 * without the last `posting` bytes.  A page is full when less than its fill
 * factor leaves is free, or when the next tuple does not fit; its last tuple
 * then moves on.
 */
static double
leaf_pages(double tuples, double size, double posting)
{
	double		room = USABLE(sizeof(BTPageOpaqueData)) - 2 * sizeof(ItemIdData);
	double		spare = BLCKSZ * (100 - BTREE_DEFAULT_FILLFACTOR) / 100;
	double		needed = Max(size + MAXALIGN(sizeof(ItemPointerData)), spare - posting);
	double		per_page = floor((room - needed) / (size + sizeof(ItemIdData)));

	return tuples / Max(per_page, 1);
}

/* Leaf pages for keys that have so many rows each, with posting lists. */
static double
posting_pages(double keys, double rows_per_key, double size)
{
	double		most = floor((MAX_POSTING_TUPLE - size) / sizeof(ItemPointerData));
	double		full;
	double		rest;
	double		pages = 0;

	if (most < 2)
		return leaf_pages(keys * rows_per_key, size, 0);
	/* Many lists of the same few keys: no average any more, but one size */
	if (rows_per_key > most)
	{
		size = MAXALIGN((uint64) rint(size));
		most = floor((MAX_POSTING_TUPLE - size) / sizeof(ItemPointerData));
	}
	full = floor(rows_per_key / most);
	rest = rows_per_key - full * most;
	if (full > 0)
		pages += leaf_pages(keys * full, size + MAXALIGN((uint64) (most * sizeof(ItemPointerData))),
							most * sizeof(ItemPointerData));
	if (rest > 1)
		pages += leaf_pages(keys, size + MAXALIGN((uint64) (rest * sizeof(ItemPointerData))),
							rest * sizeof(ItemPointerData));
	else if (rest > 0)
		pages += leaf_pages(keys, size, 0);
	return pages;
}

/*
 * The same for keys whose numbers of rows vary by chance around the mean (a
 * Poisson distribution without 0): with few rows per key, many have one row and
 * need no posting list.
 */
static double
varying_pages(double keys, double rows, double size)
{
	double		mean = rows / Max(keys, 1);
	double		lambda = mean;
	double		p;
	double		pages = 0;

	if (keys <= 0 || rows <= 0)
		return 0;
	if (mean < 1.01)
		return leaf_pages(rows, size, 0);
	if (mean > 20)
		return posting_pages(keys, mean, size);
	for (int i = 0; i < 50; i++)
		lambda = mean * (1 - exp(-lambda));
	p = exp(-lambda) / (1 - exp(-lambda));
	for (int k = 1; k < 60; k++)
	{
		p *= lambda / k;
		pages += posting_pages(keys * p, k, size);
	}
	return pages;
}

/* Leaf pages for the rows in which just these columns are NULL. */
static double
pattern_pages(const Shape *shape, uint32 nulls, double rows, bool deduplicate)
{
	const PfxKeyStats *stats = &shape->columns[0].stats;
	double		size = tuple_size(shape->columns, shape->ncolumns, nulls);
	double		keys = distinct_keys(shape, nulls, rows);
	double		common = 0;
	double		pages = 0;

	if (!deduplicate)
		return leaf_pages(rows, size, 0);
	/* Of one column the most common values are known, the others taken for even */
	if (shape->def->nkeys == 1 && nulls == 0 && stats->ncommon > 0)
	{
		common = shape->tuples * stats->common_frac;
		keys -= stats->ncommon;
		pages = posting_pages(stats->ncommon, common / stats->ncommon, size);
	}
	return pages + varying_pages(keys, rows - common, size);
}

static double
btree_leaf_pages(const Shape *shape)
{
	bool		deduplicate = deduplicates(shape->def);
	double		pages = 0;

	for (uint32 nulls = 0; nulls < 1 << shape->ncolumns; nulls++)
	{
		double		rows = shape->tuples;

		for (int i = 0; i < shape->ncolumns && rows > 0; i++)
			rows *= nulls & (1 << i) ? shape->columns[i].stats.null_frac :
				1 - shape->columns[i].stats.null_frac;
		if (rows >= 1)
			pages += pattern_pages(shape, nulls, rows, deduplicate);
	}
	return pages;
}

static void
btree_size(const Shape *shape, PfxIndexSize *size)
{
	double		level;
	double		fanout;

	size->tree_height = 0;
	size->pages = 1;			/* the metapage */
	if (shape->tuples < 1)
		return;
	level = Max(ceil(btree_leaf_pages(shape)), 1);
	size->pages += level;
	fanout = USABLE(sizeof(BTPageOpaqueData)) * BTREE_NONLEAF_FILLFACTOR / 100 /
		(tuple_size(shape->columns, shape->def->nkeys, 0) + sizeof(ItemIdData));
	while (level > 1)
	{
		level = ceil(level / Max(floor(fanout), 2));
		size->pages += level;
		size->tree_height++;
	}
}

/* Buckets as the build makes them, and what does not fit in them. */
static void
hash_size(const Shape *shape, PfxIndexSize *size)
{
	double		tuple = MAXALIGN(sizeof(IndexTupleData)) + MAXALIGN(sizeof(uint32)) +
		sizeof(ItemIdData);
	double		per_page = floor(USABLE(sizeof(HashPageOpaqueData)) / tuple);
	double		fill = floor(BLCKSZ * HASH_DEFAULT_FILLFACTOR / 100.0 / tuple);
	double		buckets = 2;
	double		keys = Max(distinct_keys(shape, 0, shape->tuples), 1);
	double		occupied;

	/* doubled until 512, then in quarters of a power of two */
	while (buckets * fill < shape->tuples)
		buckets += buckets < 512 ? buckets : pow(2, floor(log2(buckets))) / 4;
	occupied = Max(buckets * (1 - exp(-keys / buckets)), 1);
	size->pages = 2 + buckets +
		occupied * (Max(ceil(shape->tuples / occupied / per_page), 1) - 1);
}

/* One summary for so many pages: of minmax, two values. */
static void
brin_size(const Shape *shape, PfxIndexSize *size)
{
	double		ranges = Max(ceil((double) shape->rel->pages / BRIN_DEFAULT_PAGES_PER_RANGE), 1);
	Layout		layout = {MAXALIGN(SizeOfBrinTuple)};
	double		tuple;

	for (int i = 0; i < shape->def->nkeys; i++)
		for (int j = 0; j < 2; j++)
			place(&layout, &shape->columns[i]);
	tuple = finish(&layout) + sizeof(ItemIdData);
	size->pages = 1 + ceil(ranges / REVMAP_PAGE_MAXITEMS) +
		ceil(ranges / floor(USABLE(sizeof(BrinSpecialSpace)) / tuple));
}

/*
 * GiST and others: the keys in pages two thirds full.  Of texts GiST holds
 * trigrams, of text search vectors a hash per lexeme.
 */
static void
tree_size(const Shape *shape, PfxIndexSize *size)
{
	Column		columns[lengthof(shape->columns)];

	memcpy(columns, shape->columns, sizeof(columns));
	for (int i = 0; i < shape->def->nkeys && shape->def->am == GIST_AM_OID; i++)
	{
		Oid			type = exprType(columns[i].expr);

		if (type == TEXTOID || type == VARCHAROID)
			columns[i].stats.width *= 3;
		else if (type == TSVECTOROID)
			columns[i].stats.width /= 3;
	}
	size->pages = 1 + ceil(shape->tuples * 1.02 *
						   (tuple_size(columns, shape->ncolumns, 0) + sizeof(ItemIdData)) /
						   (USABLE(sizeof(GISTPageOpaqueData)) * 0.67));
}

void
pfx_index_size_in(PlannerInfo *root, RelOptInfo *rel, const PfxIndexDef *def, PfxIndexSize *size)
{
	Shape		shape;

	describe(&shape, root, rel, def);
	size->tuples = shape.tuples;
	size->tree_height = -1;
	if (def->am == BTREE_AM_OID)
		btree_size(&shape, size);
	else if (def->am == HASH_AM_OID)
		hash_size(&shape, size);
	else if (def->am == BRIN_AM_OID)
		brin_size(&shape, size);
	else if (def->am == GIN_AM_OID)
	{
		double		pages = 2;	/* metapage, root */

		for (int i = 0; i < def->nkeys; i++)
			pages += pfx_gin_pages(root, rel, &def->keys[i], shape.columns[i].expr,
								   shape.tuples, def->nkeys > 1);
		size->pages = ceil(pages);
	}
	else
		tree_size(&shape, size);
}

void
pfx_index_size(const PfxIndexDef *def, BlockNumber rel_pages, double rel_tuples,
			   PfxIndexSize *size)
{
	PlannerInfo *root;
	RelOptInfo *rel = pfx_table_for_statistics(def->relid, rel_pages, rel_tuples, &root);

	pfx_index_size_in(root, rel, def, size);
}
