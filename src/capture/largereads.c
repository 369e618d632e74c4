/*-------------------------------------------------------------------------
 *
 * largereads.c
 *	  Queries that read much: results that go to the client in one piece, and
 *	  large tables that are read in whole again and again.
 *
 * Separate from loads.c, which is about what is written.  Both are kept in the
 * region of loads, since they are about a table and a stream of statements, too.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "capture/largereads.h"
#include "capture/loadtarget.h"
#include "capture/usage.h"

/* Bytes that make a result a large one */
#define LARGE_RESULT (16.0 * 1024 * 1024)
/* Blocks that make a table a large one (8 MB) */
#define LARGE_TABLE 1024
/* A pause (µs) that ends a stream of scans */
#define MAX_PAUSE INT64CONST(60000000)
/* Scans of one table by different statements that are worth a word */
#define LEAST_SCANS 3
#define MAX_TABLES 8
#define MAX_TEXTS 16

/* A table that this session has read in whole */
typedef struct Scanned
{
	Oid			relid;
	int			ntexts;
	uint32		texts[MAX_TEXTS];	/* hashes of the statements */
	TimestampTz last;			/* end of the last scan */
	int64		time;			/* of the scans not told yet */
	uint64		queryids[LEAST_SCANS];
} Scanned;

static Scanned tables[MAX_TABLES];

static void
send(PfxLoadSlot *slot, PfxLoadEvent *event, uint64 queryid)
{
	event->queryid = queryid;
	event->at = GetCurrentStatementStartTimestamp();
	event->target = slot->target;
	slot->last_end = event->at;
	pfx_load_add(&slot->ref, event);
}

/* ---- results ---- */

static void
large_result(QueryDesc *queryDesc, const PfxRef *ref, const PfxExecRecord *record)
{
	double		width = queryDesc->plannedstmt->planTree->plan_width;
	PfxLoadEvent event;
	PfxLoadSlot *slot;
	Oid			relid = InvalidOid;
	ListCell   *lc;

	if (width * record->rows < LARGE_RESULT)
		return;
	foreach(lc, queryDesc->plannedstmt->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if (rte->rtekind == RTE_RELATION && rte->relkind != RELKIND_VIEW)
		{
			relid = rte->relid;
			break;
		}
	}
	slot = pfx_load_slot(relid, PFX_LOAD_RESULT, PFX_SHAPE_PLAIN, true);
	if (slot == NULL)
		return;
	memset(&event, 0, sizeof(event));
	event.statements = 1;
	event.rows = record->rows;
	event.time = record->exec_time;
	event.bytes = (int64) (width * record->rows);
	event.row_width = width;
	send(slot, &event, ref->key.queryid);
}

/* ---- scans ---- */

typedef struct ScanSearch
{
	const PfxRef *ref;
	const PfxExecRecord *record;
	uint32		text;
	Oid			target;			/* a table is also read where it is changed */
} ScanSearch;

static Scanned *
scanned_table(Oid relid, TimestampTz start)
{
	Scanned    *oldest = &tables[0];

	for (int i = 0; i < MAX_TABLES; i++)
	{
		if (tables[i].relid == relid)
		{
			if (start - tables[i].last > MAX_PAUSE)
				tables[i].ntexts = 0;
			return &tables[i];
		}
		if (tables[i].last < oldest->last)
			oldest = &tables[i];
	}
	memset(oldest, 0, sizeof(*oldest));
	oldest->relid = relid;
	return oldest;
}

/*
 * The same statement again is somebody who watches something; other ones could
 * have been one.
 */
static void
note_scan(Oid relid, const ScanSearch *search)
{
	Scanned    *table = scanned_table(relid, GetCurrentStatementStartTimestamp());
	PfxLoadSlot *slot;
	PfxLoadEvent event;

	table->last = GetCurrentTimestamp();
	for (int i = 0; i < Min(table->ntexts, MAX_TEXTS); i++)
		if (table->texts[i] == search->text)
			return;
	if (table->ntexts == 0)
		table->time = 0;
	table->texts[table->ntexts % MAX_TEXTS] = search->text;
	if (table->ntexts < LEAST_SCANS)
		table->queryids[table->ntexts] = search->ref->key.queryid;
	table->ntexts++;
	table->time += search->record->exec_time;
	if (table->ntexts < LEAST_SCANS)
		return;
	slot = pfx_load_slot(relid, PFX_LOAD_SCAN, PFX_SHAPE_PLAIN, true);
	if (slot == NULL)
		return;
	memset(&event, 0, sizeof(event));
	if (table->ntexts == LEAST_SCANS)
	{
		/* the first ones, which did not yet look like a stream */
		for (int i = 0; i < LEAST_SCANS - 1; i++)
		{
			event.statements = 1;
			event.runs = i == 0 ? 1 : 0;
			send(slot, &event, table->queryids[i]);
		}
		event.runs = 0;
	}
	event.statements = 1;
	event.time = table->time;
	table->time = 0;
	send(slot, &event, search->ref->key.queryid);
}

static bool
find_scans(PlanState *ps, void *arg)
{
	if (IsA(ps, SeqScanState))
	{
		SeqScanState *node = (SeqScanState *) ps;
		TableScanDesc scan = node->ss.ss_currentScanDesc;

		/* a scan that has come to the end of its table has gone back to its beginning */
		if (scan != NULL && scan->rs_rd->rd_tableam == GetHeapamTableAmRoutine() &&
			((HeapScanDesc) scan)->rs_nblocks >= LARGE_TABLE &&
			!((HeapScanDesc) scan)->rs_inited &&
			RelationGetRelid(scan->rs_rd) != ((const ScanSearch *) arg)->target)
			note_scan(RelationGetRelid(scan->rs_rd), (const ScanSearch *) arg);
	}
	return planstate_tree_walker(ps, find_scans, arg);
}

/* Does a job fill something with what the query gives: CREATE TABLE AS, COPY TO, ...? */
static bool
is_for_utility(const QueryDesc *queryDesc)
{
	switch (queryDesc->dest != NULL ? queryDesc->dest->mydest : DestNone)
	{
		case DestIntoRel:
		case DestTransientRel:
		case DestCopyOut:
			return true;
		default:
			return false;
	}
}

/* ---- both ---- */

void
pfx_large_read(QueryDesc *queryDesc, const PfxRef *ref, const PfxExecRecord *record, int runs)
{
	ScanSearch	search;
	const ModifyTableState *modify = (const ModifyTableState *) queryDesc->planstate;
	bool		reads = queryDesc->operation == CMD_SELECT;

	if (queryDesc->sourceText == NULL || queryDesc->planstate == NULL)
		return;
	if (reads && runs == 1 && ref->key.toplevel && queryDesc->dest != NULL &&
		(queryDesc->dest->mydest == DestRemote || queryDesc->dest->mydest == DestRemoteExecute))
		large_result(queryDesc, ref, record);
	/* in functions, only what fills tables */
	if (reads ? !ref->key.toplevel && !is_for_utility(queryDesc) :
		queryDesc->operation != CMD_INSERT && queryDesc->operation != CMD_MERGE)
		return;
	search.ref = ref;
	search.record = record;
	search.target = InvalidOid;
	if (!reads && IsA(modify, ModifyTableState))
		search.target = RelationGetRelid(modify->resultRelInfo->ri_RelationDesc);
	/* a client may send many statements in one text */
	search.text = hash_combine(hash_bytes((const unsigned char *) queryDesc->sourceText,
										  strlen(queryDesc->sourceText)),
							   hash_combine((uint32) queryDesc->plannedstmt->stmt_location,
											(uint32) ref->key.queryid));
	(void) find_scans(queryDesc->planstate, &search);
}
