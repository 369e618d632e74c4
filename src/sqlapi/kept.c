/*-------------------------------------------------------------------------
 *
 * kept.c
 *	  Rows of SQL functions that are kept while perfext.read_once is on.
 *
 * Separate because it is about time alone.  perfext.recommendations() is some
 * thirty views over the same facts, each of which asks for all of them, and most
 * of what that costs is copying statements out of shared memory and putting plans
 * into words.  A function that sets perfext.read_once reads each of them once, so
 * that all of its parts speak about the same moment, too.
 *
 * Kept are the rows as they were returned, until the setting changes or the
 * transaction ends, for the role that read them: what a row shows depends on it.
 * Their memory is freed at the end of the transaction, or when they are replaced.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "guc.h"
#include "sqlapi/kept.h"

typedef struct Rows
{
	MemoryContext context;		/* all of it; NULL: nothing kept */
	uint64		reading;		/* pfx_reading at that time */
	Oid			userid;			/* who read */
	int64		count;
	MinimalTuple *tuples;
} Rows;

static Rows kept[PFX_NKEPT];

static void
forget(Rows *rows)
{
	if (rows->context != NULL)
		MemoryContextDelete(rows->context);
}

/* However the memory goes, nothing points there any more */
static void
is_gone(void *arg)
{
	memset(arg, 0, sizeof(Rows));
}

void
pfx_forget_kept(void)
{
	for (int i = 0; i < PFX_NKEPT; i++)
		forget(&kept[i]);
}

bool
pfx_give_kept(PfxKept what, ReturnSetInfo *set)
{
	Rows	   *rows = &kept[what];
	TupleTableSlot *slot;

	if (rows->context == NULL)
		return false;
	if (!perfext_read_once || rows->reading != pfx_reading || rows->userid != GetUserId())
	{
		forget(rows);
		return false;
	}
	slot = MakeSingleTupleTableSlot(set->setDesc, &TTSOpsMinimalTuple);
	for (int64 i = 0; i < rows->count; i++)
	{
		ExecStoreMinimalTuple(rows->tuples[i], slot, false);
		tuplestore_puttupleslot(set->setResult, slot);
	}
	ExecDropSingleTupleTableSlot(slot);
	return true;
}

void
pfx_keep(PfxKept what, ReturnSetInfo *set)
{
	Rows	   *rows = &kept[what];
	int64		count = tuplestore_tuple_count(set->setResult);
	Size		size = 0;
	Size		max = (Size) maintenance_work_mem * 1024;
	MemoryContext context;
	MemoryContext caller;
	MemoryContextCallback *callback;
	MinimalTuple *tuples;
	TupleTableSlot *slot;
	int64		n = 0;

	if (!perfext_read_once || count == 0 || count > max / sizeof(MinimalTuple))
		return;
	forget(rows);

	context = AllocSetContextCreate(TopTransactionContext, "perfext rows read once",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	callback = palloc(sizeof(MemoryContextCallback));
	tuples = MemoryContextAllocHuge(context, count * sizeof(MinimalTuple));
	MemoryContextSwitchTo(caller);

	slot = MakeSingleTupleTableSlot(set->setDesc, &TTSOpsMinimalTuple);
	tuplestore_rescan(set->setResult);
	while (size <= max && n < count &&
		   tuplestore_gettupleslot(set->setResult, true, false, slot))
	{
		MemoryContextSwitchTo(context);
		tuples[n] = ExecCopySlotMinimalTuple(slot);
		MemoryContextSwitchTo(caller);
		size += tuples[n++]->t_len;
	}
	ExecDropSingleTupleTableSlot(slot);
	tuplestore_rescan(set->setResult);
	if (size > max)
	{
		MemoryContextDelete(context);
		return;
	}

	rows->context = context;
	rows->reading = pfx_reading;
	rows->userid = GetUserId();
	rows->count = n;
	rows->tuples = tuples;
	callback->func = is_gone;
	callback->arg = rows;
	MemoryContextRegisterResetCallback(context, callback);
}
