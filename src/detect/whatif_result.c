/*-------------------------------------------------------------------------
 *
 * whatif_result.c
 *	  Writes down what an experiment with indexes has shown.
 *
 * Separate from whatif.c, which makes it: here are the facts that the judgement
 * in SQL (src/sql/72_index_benefits.sql) reads, as JSON.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/partition.h"
#include "catalog/pg_statistic.h"
#include "parser/parsetree.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "detect/hypothetical.h"
#include "detect/indexddl.h"
#include "detect/planscans.h"
#include "detect/whatif_choice.h"

/* How the plan without any index scanned the table */
typedef struct Before
{
	Oid			relid;
	const PlannedStmt *pstmt;
	const char *scan;
	const char *join;
	double		rows;
} Before;

Oid
pfx_topmost_parent(Oid relid)
{
	/* as pfx_index_json() names it: inheritance of partitions only */
	while (get_rel_relispartition(relid))
	{
		Oid			parent = get_partition_parent(relid, true);

		if (!OidIsValid(parent))
			break;
		relid = parent;
	}
	return relid;
}

static void
note_before(Plan *scan, Oid indexid, const PfxScanPlace *place, void *arg)
{
	Before	   *before = (Before *) arg;
	RangeTblEntry *rte;
	const char *name;

	switch (nodeTag(scan))
	{
		case T_SeqScan:
			name = "Seq Scan";
			break;
		case T_IndexScan:
			name = "Index Scan";
			break;
		case T_IndexOnlyScan:
			name = "Index Only Scan";
			break;
		case T_BitmapHeapScan:
			name = "Bitmap Heap Scan";
			break;
		default:
			return;
	}
	rte = rt_fetch(((Scan *) scan)->scanrelid, before->pstmt->rtable);
	if (pfx_topmost_parent(rte->relid) != before->relid ||
		(before->scan != NULL && before->rows > scan->plan_rows * place->loops))
		return;
	before->scan = name;
	before->join = place->join;
	before->rows = scan->plan_rows * place->loops;
}

double
pfx_offer_pages(const PfxOffer *offer)
{
	PfxIndexSize size;

	/* the query may have told more than the table's statistics do */
	if (offer->pages > 0)
		return offer->pages;
	pfx_index_size(&offer->def, offer->table_pages, offer->table_tuples, &size);
	return size.pages;
}

/* How well the table's order follows the index's first column; false: not known */
static bool
get_correlation(const PfxIndexDef *def, double *correlation)
{
	HeapTuple	tuple;
	AttStatsSlot slot;
	bool		found = false;

	if (def->keys[0].attnum == 0)
		return false;
	tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(def->relid),
							Int16GetDatum(def->keys[0].attnum), BoolGetDatum(false));
	if (!HeapTupleIsValid(tuple))
		return false;
	if (get_attstatsslot(&slot, tuple, STATISTIC_KIND_CORRELATION, InvalidOid,
						 ATTSTATSSLOT_NUMBERS))
	{
		*correlation = slot.nnumbers > 0 ? slot.numbers[0] : 0;
		found = slot.nnumbers > 0;
		free_attstatsslot(&slot);
	}
	ReleaseSysCache(tuple);
	return found;
}

void
pfx_append_member(StringInfo buf, const char *name, const char *text)
{
	appendStringInfo(buf, ", \"%s\": ", name);
	if (text != NULL)
		escape_json(buf, text);
	else
		appendStringInfoString(buf, "null");
}

static void
append_use(StringInfo buf, const PfxIndexDef *def, const PfxIndexScan *use)
{
	double		correlation;
	char		correlated[32] = "null";

	if (get_correlation(def, &correlation))
		snprintf(correlated, sizeof(correlated), "%.4f", correlation);
	appendStringInfo(buf, ", \"loops\": %.0f, \"rows_per_loop\": %.0f, "
					 "\"fetched_per_loop\": %.0f, \"full_cost\": %.2f, \"index_only\": %s, "
					 "\"correlation\": %s",
					 use->loops, use->rows_per_loop, use->fetched_per_loop, use->full_cost,
					 use->index_only ? "true" : "false", correlated);
	pfx_append_member(buf, "scan", use->scan);
	pfx_append_member(buf, "join_after", use->join);
}

static void
append_before(StringInfo buf, Oid relid, const PlannedStmt *pstmt)
{
	Before		before = {relid, pstmt, NULL, NULL, 0};

	pfx_walk_scans(pstmt, note_before, &before);
	pfx_append_member(buf, "replaces", before.scan);
	pfx_append_member(buf, "join_before", before.join);
}

static void
append_form(StringInfo buf, const PfxIndexForm *form)
{
	appendStringInfoChar(buf, '{');
	pfx_index_json(buf, &form->offer->def);
	appendStringInfo(buf, ", \"size_bytes\": %.0f, \"table_size_bytes\": %.0f, \"cost\": %.2f",
					 pfx_offer_pages(form->offer) * BLCKSZ, form->offer->table_pages * BLCKSZ,
					 form->cost);
	append_use(buf, &form->offer->def, &form->use);
}

void
pfx_append_choice(StringInfo buf, const PfxChoice *choice, const PlannedStmt *before)
{
	double		pages = 0;
	double		table_pages = 0;
	ListCell   *lc;

	foreach(lc, choice->offers)
	{
		pages += pfx_offer_pages((PfxOffer *) lfirst(lc));
		table_pages += ((PfxOffer *) lfirst(lc))->table_pages;
	}
	appendStringInfo(buf, "{%s, \"size_bytes\": %.0f, \"table_size_bytes\": %.0f, "
					 "\"cost_without\": %.2f",
					 choice->facts, pages * BLCKSZ, table_pages * BLCKSZ, choice->cost_without);
	append_use(buf, &((PfxOffer *) linitial(choice->offers))->def, &choice->use);
	append_before(buf, choice->relid, before);
	appendStringInfoString(buf, ", \"forms\": [");
	foreach(lc, choice->forms)
	{
		if (foreach_current_index(lc) > 0)
			appendStringInfoString(buf, ", ");
		append_form(buf, (PfxIndexForm *) lfirst(lc));
		appendStringInfoChar(buf, '}');
	}
	appendStringInfoString(buf, "]}");
}

void
pfx_append_risk(StringInfo buf, const PfxIndexForm *risk, const PlannedStmt *before)
{
	append_form(buf, risk);
	append_before(buf, risk->offer->def.relid, before);
	appendStringInfoChar(buf, '}');
}
