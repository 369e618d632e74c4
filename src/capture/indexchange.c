/*-------------------------------------------------------------------------
 *
 * indexchange.c
 *	  Notices indexes that are created and dropped, so that proofs which wanted
 *	  them are set aside.
 *
 * Separate from proving.c, which makes proofs: this is about what became of them.
 *
 * A transaction that created an index may be rolled back, so the change counts only
 * when it is committed.  The callback of the commit may neither allocate nor lock:
 * changes wait in static memory until the next statement begins, or the backend ends.
 * A transaction that is prepared may be rolled back by anybody, at any time: its
 * changes are forgotten.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "catalog/namespace.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/timestamp.h"

#include "capture/indexchange.h"
#include "hot.h"
#include "store/store.h"

/* Tables followed in one transaction; of more it is only known that there are some */
#define MAX_CHANGES 32

typedef struct Change
{
	Oid			relid;			/* InvalidOid: an index was dropped somewhere */
	SubTransactionId subid;		/* while this was the current one */
	TimestampTz at;				/* of the commit */
} Change;

/* First those that are committed, then those of this transaction */
static Change changes[MAX_CHANGES];
int			pfx_index_changes_noted PFX_HOT = 0;
int			pfx_index_changes_waiting PFX_HOT = 0;

void
pfx_index_change_look(const Node *utility, PfxIndexChange *change)
{
	change->changes = false;
	change->relid = InvalidOid;
	if (IsA(utility, IndexStmt))
	{
		const IndexStmt *stmt = (const IndexStmt *) utility;

		if (stmt->relation != NULL)
			change->relid = RangeVarGetRelid(stmt->relation, NoLock, true);
		change->changes = OidIsValid(change->relid);
	}
	else if (IsA(utility, DropStmt))
		change->changes = ((const DropStmt *) utility)->removeType == OBJECT_INDEX;
}

void
pfx_index_change_note(const PfxIndexChange *change)
{
	SubTransactionId subid;

	if (!change->changes || !pfx_store_ready() || IsParallelWorker())
		return;
	subid = GetCurrentSubTransactionId();
	for (int i = pfx_index_changes_waiting; i < pfx_index_changes_noted; i++)
		if (changes[i].relid == change->relid && changes[i].subid <= subid)
			return;
	/* the oldest of this transaction stay; all proofs are made anew then */
	if (pfx_index_changes_noted == MAX_CHANGES)
	{
		changes[MAX_CHANGES - 1].relid = InvalidOid;
		return;
	}
	changes[pfx_index_changes_noted].relid = change->relid;
	changes[pfx_index_changes_noted].subid = subid;
	changes[pfx_index_changes_noted].at = 0;
	pfx_index_changes_noted++;
}

void
pfx_index_changes_xact(XactEvent event)
{
	switch (event)
	{
		case XACT_EVENT_COMMIT:
			for (int i = pfx_index_changes_waiting; i < pfx_index_changes_noted; i++)
				changes[i].at = GetCurrentTransactionStopTimestamp();
			pfx_index_changes_waiting = pfx_index_changes_noted;
			break;
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			pfx_index_changes_noted = pfx_index_changes_waiting;
			break;
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_PARALLEL_ABORT:
		case XACT_EVENT_PARALLEL_PRE_COMMIT:
			break;
	}
}

/* Those begun inside of a subtransaction have higher numbers, and end before it */
void
pfx_index_changes_subxact(SubXactEvent event, SubTransactionId subid)
{
	if (event != SUBXACT_EVENT_ABORT_SUB)
		return;
	while (pfx_index_changes_noted > pfx_index_changes_waiting &&
		   changes[pfx_index_changes_noted - 1].subid >= subid)
		pfx_index_changes_noted--;
}

void
pfx_index_changes_flush(void)
{
	for (int i = 0; i < pfx_index_changes_waiting; i++)
	{
		if (OidIsValid(changes[i].relid))
			pfx_proofs_index_created(MyDatabaseId, changes[i].relid, changes[i].at);
		else
			pfx_proofs_index_dropped(MyDatabaseId, changes[i].at);
	}
	/* those of the transaction that is under way */
	pfx_index_changes_noted -= pfx_index_changes_waiting;
	memmove(changes, changes + pfx_index_changes_waiting, sizeof(Change) * pfx_index_changes_noted);
	pfx_index_changes_waiting = 0;
}
