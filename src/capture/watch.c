/*-------------------------------------------------------------------------
 *
 * watch.c
 *	  Looks at the first rows that a client's statement returns, on their way to
 *	  whoever receives them.
 *
 * Separate because it stands in the way of results: it takes no memory,
 * detoasts nothing, raises no error, and says what the receiver behind it says.
 *
 * The receiver is static, because only what a client runs is watched and that
 * runs once at a time.  (A function may fetch from the client's cursor
 * inside of another statement: that run is not watched.)  It has the tag of the
 * receiver behind it, which is all that the server looks at between
 * ExecutorRun and the receiver's functions; those get their own struct.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "tcop/dest.h"

#include "capture/values.h"
#include "capture/watch.h"

static bool watch_receive(TupleTableSlot *slot, DestReceiver *self);
static void watch_startup(DestReceiver *self, int operation, TupleDesc desc);
static void watch_shutdown(DestReceiver *self);
static void watch_destroy(DestReceiver *self);

static DestReceiver receiver = {
	watch_receive, watch_startup, watch_shutdown, watch_destroy, DestNone
};

/* NULL: nothing is being watched */
static DestReceiver *behind = NULL;
static PfxWatch *watched;
static Oid	types[PFX_VALUES_COLUMNS];
static int	last_column;		/* highest number of a watched column */
static int	max_rows;
static int	nrows;
static uint32 values[PFX_VALUES_MAX];

/* How likely a column is a key: 0 most; of wide tables only some are watched */
static int
kind_of(const FormData_pg_attribute *att, Oid type)
{
	int			len = strnlen(NameStr(att->attname), NAMEDATALEN);

	if (!pfx_type_is_number(type) && type != UUIDOID)
		return 2;
	return len >= 2 && pg_strcasecmp(NameStr(att->attname) + len - 2, "id") == 0 ? 0 : 1;
}

bool
pfx_watch_choose(PfxWatch *watch, TupleDesc desc)
{
	watch->ncolumns = 0;
	watch->nrows = 0;
	if (desc == NULL)
		return false;
	for (int kind = 0; kind <= 2; kind++)
		for (int i = 0; i < desc->natts && watch->ncolumns < PFX_VALUES_COLUMNS; i++)
		{
			Oid			type = pfx_hashed_as(TupleDescAttr(desc, i)->atttypid);

			if (kind_of(TupleDescAttr(desc, i), type) == kind && pfx_type_has_hash(type))
				watch->columns[watch->ncolumns++] = i + 1;
		}
	return watch->ncolumns > 0;
}

bool
pfx_watch_begin(PfxWatch *watch, QueryDesc *queryDesc)
{
	DestReceiver *dest = queryDesc->dest;

	nrows = 0;
	if (behind != NULL || dest == NULL ||
		(dest->mydest != DestRemote && dest->mydest != DestRemoteExecute &&
		 dest->mydest != DestTuplestore && dest->mydest != DestCopyOut))
		return false;
	max_rows = PFX_VALUES_MAX / watch->ncolumns - watch->nrows;
	if (max_rows <= 0)
		return false;
	last_column = 0;
	for (int i = 0; i < watch->ncolumns; i++)
	{
		types[i] = pfx_hashed_as(TupleDescAttr(queryDesc->tupDesc,
											   watch->columns[i] - 1)->atttypid);
		last_column = Max(last_column, watch->columns[i]);
	}
	watched = watch;
	behind = dest;
	receiver.mydest = dest->mydest;
	queryDesc->dest = &receiver;
	return true;
}

void
pfx_watch_end(QueryDesc *queryDesc)
{
	queryDesc->dest = behind;
	behind = NULL;
	watched->nrows += nrows;
}

const uint32 *
pfx_watch_values(int *n)
{
	*n = nrows;
	nrows = 0;
	return values;
}

static void
look_at(TupleTableSlot *slot)
{
	uint32	   *row = values + nrows * watched->ncolumns;

	slot_getsomeattrs(slot, last_column);
	for (int i = 0; i < watched->ncolumns; i++)
	{
		int			at = watched->columns[i] - 1;

		row[i] = pfx_datum_hash(types[i], slot->tts_values[at], slot->tts_isnull[at]);
	}
	nrows++;
}

static bool
watch_receive(TupleTableSlot *slot, DestReceiver *self)
{
	if (nrows < max_rows)
		look_at(slot);
	return behind->receiveSlot(slot, behind);
}

static void
watch_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	behind->rStartup(behind, operation, desc);
}

static void
watch_shutdown(DestReceiver *self)
{
	behind->rShutdown(behind);
}

static void
watch_destroy(DestReceiver *self)
{
	behind->rDestroy(behind);
}
