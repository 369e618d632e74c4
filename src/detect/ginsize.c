/*-------------------------------------------------------------------------
 *
 * ginsize.c
 *	  Estimates how large a GIN index would be.
 *
 * What a GIN index holds lies inside of the values: elements, lexemes, trigrams.
 * Two sources tell of it.  Of arrays and text search vectors ANALYZE counts the
 * elements itself.  Of others it keeps some whole values, the most common ones
 * and the histogram's bounds: taking these apart with the operator class' own
 * function is a sample of keys, without reading the table.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/gin.h"
#include "access/gin_private.h"
#include "access/htup_details.h"
#include "catalog/pg_collation_d.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_type_d.h"
#include "common/hashfn.h"
#include "detect/ginsize.h"
#include "detect/indexstats.h"
#include "fmgr.h"
#include "nodes/nodeFuncs.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#define ENTRY_PAGE ((double) (BLCKSZ - SizeOfPageHeaderData - MAXALIGN(sizeof(GinPageOpaqueData))))

/* A posting list is cut into segments, each with a header */
#define SEGMENT_BYTES 256.0

/* What is known of the entries, as it adds up */
typedef struct Entries
{
	double		table_pages;
	double		multicolumn;	/* bytes of the column's number */
	double		leaf_pages;		/* of the entry tree */
	double		posting_pages;	/* of posting trees */
} Entries;

/* Bytes that a row's identifier takes after that of the row before it. */
static double
bytes_per_row(double rows, double table_pages)
{
	double		per_page = rows / Max(table_pages, 1);
	double		first_in_page = (1 - exp(-per_page)) / per_page;

	/* Within a page a difference is one byte; over up to 8 pages 2, over 1024 3 */
	return (1 - first_in_page) +
		first_in_page * (2 + exp(-8 * per_page) + exp(-1024 * per_page));
}

/*
 * Adds tuples to the leaves of the entry tree.  They are inserted in order and a
 * full page splits in the middle, at the end of a tuple: the part that stays is half
 * a page of small tuples, and more of large ones.
 */
static void
add_leaf_tuples(Entries *entries, double count, double size)
{
	double		fill = 0.51 + 0.8 * size / ENTRY_PAGE;

	entries->leaf_pages += count * (size + sizeof(ItemIdData)) / (ENTRY_PAGE * fill);
}

/* Adds entries whose key takes `width` bytes and that so many rows have, each. */
static void
add_entries(Entries *entries, double count, double rows, double width)
{
	double		tuple = sizeof(IndexTupleData) + entries->multicolumn + width;
	double		list;
	double		pages;

	if (count <= 0 || rows <= 0)
		return;
	rows = Max(rows, 1);
	tuple = MAXALIGN((uint64) ceil(tuple));
	list = offsetof(GinPostingList, bytes) +
		(rows - 1) * bytes_per_row(rows, entries->table_pages);
	if (tuple + list <= GinMaxItemSize)
	{
		double		size = tuple + list;

		size = rows == 1 ? MAXALIGN((uint64) size) : size + MAXIMUM_ALIGNOF / 2.0;
		add_leaf_tuples(entries, count, size);
		return;
	}
	/* A posting tree of its own: full pages, and a root above them */
	add_leaf_tuples(entries, count, tuple);
	pages = ceil(list * (1 + offsetof(GinPostingList, bytes) / SEGMENT_BYTES) /
				 GinDataPageMaxDataSize);
	entries->posting_pages += count * (pages > 1 ? pages + 1 : 1);
}

/*
 * Entries that ANALYZE did not keep: rarer than those it kept, and so many pairs
 * of entry and row in all.  Where the known frequencies are about the same, the
 * others are, too; otherwise frequencies fall with the rank as words do (Zipf's
 * law), from the last known one on.
 */
static void
add_rest(Entries *entries, const PfxElementStats *stats, double pairs, double tuples,
		 double width)
{
	double		highest = 0;
	double		lowest = stats->min_frequency;
	double		count;

	for (int i = 0; i < stats->ncommon; i++)
		highest = Max(highest, stats->frequency[i]);
	if (pairs < 1)
		return;
	if (lowest <= 0 || stats->ncommon == 0)
		count = pairs;
	else if (highest < 4 * lowest)
		count = pairs / (tuples * (highest + lowest) / 2);
	else
		count = stats->ncommon *
			(exp(Min(pairs / (tuples * lowest * stats->ncommon), 20)) - 1);
	count = Min(Max(count, 1), pairs);
	add_entries(entries, count, pairs / count, width);
}

/* From the elements that ANALYZE counted. */
static void
add_elements(Entries *entries, const PfxElementStats *stats, Node *expr, double tuples,
			 double value_width)
{
	bool		by_value = OidIsValid(get_base_element_type(exprType(expr)));
	double		width = stats->width;
	double		known = 0;
	double		per_row = stats->per_row;

	for (int i = 0; i < stats->ncommon; i++)
	{
		add_entries(entries, 1, tuples * stats->frequency[i], width);
		known += stats->frequency[i];
	}
	/* A text search vector has for each lexeme an entry, the text and a position or two */
	if (per_row <= 0 && !by_value)
		per_row = (value_width - VARHDRSZ - sizeof(int32)) /
			(sizeof(int32) + width - VARHDRSZ_SHORT + 2 * sizeof(int16) + 0.5);
	if (per_row > known)
		add_rest(entries, stats, (per_row - known) * tuples, tuples, width);
}

/* A key found in the kept values */
typedef struct SampleKey
{
	uint32		hash;			/* stands for the key */
	int			place;			/* in the value that it was first found in */
	double		rows;			/* in so many rows of the table */
	int			values;			/* in so many of the kept values */
	double		width;
} SampleKey;

typedef struct Sample
{
	SampleKey  *keys;
	int			nkeys;
	int			allocated;
} Sample;

static int
compare_hashes(const void *a, const void *b)
{
	uint32		ha = ((const SampleKey *) a)->hash;
	uint32		hb = ((const SampleKey *) b)->hash;

	return ha < hb ? -1 : ha > hb;
}

/* What the operator class stores; the type of the elements, when it leaves that open. */
static Oid
stored_type(const PfxIndexKey *key)
{
	HeapTuple	tuple = SearchSysCache1(CLAOID, ObjectIdGetDatum(key->opclass));
	Oid			type = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		type = ((Form_pg_opclass) GETSTRUCT(tuple))->opckeytype;
		ReleaseSysCache(tuple);
	}
	if (!OidIsValid(type))
		return key->type;
	if (type == ANYELEMENTOID)
		return get_base_element_type(key->type);
	return type;
}

/* The keys of one kept value. */
static void
take_apart(Sample *sample, FmgrInfo *extract, const PfxIndexKey *key, Oid keytype,
		   const PfxSampleValue *value)
{
	int16		typlen;
	bool		typbyval;
	int32		nkeys = 0;
	bool	   *nulls = NULL;
	Datum	   *keys;

	get_typlenbyval(keytype, &typlen, &typbyval);
	keys = (Datum *)
		DatumGetPointer(FunctionCall3Coll(extract,
										  OidIsValid(key->collation) ? key->collation :
										  DEFAULT_COLLATION_OID,
										  value->value, PointerGetDatum(&nkeys),
										  PointerGetDatum(&nulls)));
	for (int i = 0; i < nkeys && keys != NULL; i++)
	{
		SampleKey  *found;

		if (nulls && nulls[i])
			continue;
		if (sample->nkeys == sample->allocated)
		{
			sample->allocated *= 2;
			sample->keys = repalloc_array(sample->keys, SampleKey, sample->allocated);
		}
		found = &sample->keys[sample->nkeys++];
		if (typbyval)
		{
			found->hash = hash_bytes((unsigned char *) &keys[i], sizeof(Datum));
			found->width = typlen;
		}
		else
		{
			Size		size = datumGetSize(keys[i], typbyval, typlen);

			found->hash = hash_bytes((unsigned char *) DatumGetPointer(keys[i]), size);
			/* stored with a short header */
			found->width = typlen == -1 && size <= VARATT_SHORT_MAX &&
				!VARATT_IS_SHORT(DatumGetPointer(keys[i])) ?
				size - VARHDRSZ + VARHDRSZ_SHORT : size;
		}
		found->place = i;
		found->rows = value->rows;
		found->values = 1;
	}
}

/* Makes one of equal keys. */
static void
unite(Sample *sample)
{
	int			n = 0;

	qsort(sample->keys, sample->nkeys, sizeof(SampleKey), compare_hashes);
	for (int i = 0; i < sample->nkeys; i++)
	{
		if (n > 0 && sample->keys[n - 1].hash == sample->keys[i].hash)
		{
			sample->keys[n - 1].rows += sample->keys[i].rows;
			sample->keys[n - 1].values++;
		}
		else
			sample->keys[n++] = sample->keys[i];
	}
	sample->nkeys = n;
}

/* A key in more of the kept values is counted by itself */
#define RARE_VALUES 10

/* Rarer ones: how often they came up, how many are different, how many came up once */
typedef struct Rare
{
	double		seen;
	double		different;
	double		once;
	double		rows;			/* that they stand for, in all */
	double		width;			/* of the different ones, in all */
} Rare;

/*
 * Rare keys cannot be counted one by one: those that came up did so by luck.  Their
 * number in the whole table is what Haas and Stokes' estimator (Duj1,
 * "Estimating the number of classes in a finite population", 1998) makes of it,
 * as ANALYZE does for columns.
 */
static void
add_rare(Entries *entries, const Rare *rare)
{
	double		count;

	if (rare->different < 1 || rare->rows < 1)
		return;
	count = rare->seen * rare->different /
		(rare->seen - rare->once + rare->once * rare->seen / Max(rare->rows, rare->seen));
	count = Min(Max(count, 1), rare->rows);
	add_entries(entries, count, rare->rows / count, rare->width / rare->different);
}

/*
 * From whole values that ANALYZE kept.  Documents have the same kind of key at
 * the same place (an identifier here, a name there), and each kind is estimated
 * for itself; the words of a text may stand anywhere.
 */
static bool
add_sample(Entries *entries, PlannerInfo *root, RelOptInfo *rel, const PfxIndexKey *key,
		   Node *expr, double tuples)
{
	Oid			type = get_opclass_input_type(key->opclass);
	Oid			proc = get_opfamily_proc(get_opclass_family(key->opclass), type, type,
										 GIN_EXTRACTVALUE_PROC);
	Oid			keytype = stored_type(key);
	Sample		sample = {0};
	PfxSampleValue *values;
	FmgrInfo	extract;
	int			nvalues;
	Rare	   *rare;
	int			nplaces = 1;
	double		share = rel->tuples > 0 ? tuples / rel->tuples : 0;

	if (!OidIsValid(proc) || !OidIsValid(keytype) ||
		(nvalues = pfx_sample_values(root, rel, expr, &values)) < 10)
		return false;
	sample.allocated = 1024;
	sample.keys = palloc_array(SampleKey, sample.allocated);
	fmgr_info(proc, &extract);
	for (int i = 0; i < nvalues; i++)
		take_apart(&sample, &extract, key, keytype, &values[i]);
	unite(&sample);

	for (int i = 0; i < sample.nkeys && type == JSONBOID; i++)
		nplaces = Max(nplaces, sample.keys[i].place + 1);
	rare = palloc0_array(Rare, nplaces);
	for (int i = 0; i < sample.nkeys; i++)
	{
		SampleKey  *k = &sample.keys[i];
		Rare	   *r = &rare[k->place % nplaces];

		if (k->values > RARE_VALUES || k->rows > (RARE_VALUES + 1) * rel->tuples / nvalues)
		{
			add_entries(entries, 1, k->rows * share, k->width);
			continue;
		}
		r->seen += k->values;
		r->different++;
		if (k->values == 1)
			r->once++;
		r->width += k->width;
		r->rows += k->rows * share;
	}
	for (int i = 0; i < nplaces; i++)
		add_rare(entries, &rare[i]);
	return true;
}

double
pfx_gin_pages(PlannerInfo *root, RelOptInfo *rel, const PfxIndexKey *key, Node *expr,
			  double tuples, bool multicolumn)
{
	Entries		entries = {0};
	PfxKeyStats stats;
	PfxElementStats elements;
	double		rows;
	double		leaves;

	entries.table_pages = rel->pages;
	entries.multicolumn = multicolumn ? sizeof(int16) : 0;
	pfx_key_stats(root, rel, expr, &stats);
	rows = tuples * (1 - stats.null_frac);
	add_entries(&entries, stats.null_frac > 0 ? 1 : 0, tuples - rows,
				sizeof(IndexAttributeBitMapData));
	if (pfx_element_stats(root, expr, &elements))
		add_elements(&entries, &elements, expr, rows, stats.width);
	else if (!add_sample(&entries, root, rel, key, expr, tuples))
	{
		/* Nothing is known: so many keys of eight bytes, half of them in one row alone */
		double		pairs = rows * Max(stats.width / 8, 1);

		add_entries(&entries, pairs / 2, 1, 8);
		add_entries(&entries, sqrt(pairs), sqrt(pairs) / 2, 8);
	}
	leaves = ceil(entries.leaf_pages);
	return leaves + ceil(leaves / 100) + ceil(entries.posting_pages);
}
