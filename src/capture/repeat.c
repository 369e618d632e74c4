/*-------------------------------------------------------------------------
 *
 * repeat.c
 *	  Tells the detector of repeated statements what a client's execution was:
 *	  its event, the values that it returned, the names behind both.
 *
 * Separate from statement.c, which counts: nothing here is kept, and nothing is
 * done while nobody reads.
 *
 * Runs only at regular ends, inside the transaction; names are looked up once
 * per statement and epoch.  Of a value nothing is kept but salted hashes;
 * whether numbers ascend is seen from the last one, kept salted as well.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/primnodes.h"
#include "storage/proc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "capture/identity.h"
#include "capture/normalize.h"
#include "capture/repeat.h"
#include "capture/session.h"
#include "capture/stream.h"
#include "capture/tags.h"
#include "guc.h"
#include "hot.h"

/* Names of tables and columns in one event: keys, two each, and values; cut where they end */
#define MAX_NAMES ((2 * PFX_EVENT_KEYS + PFX_VALUES_COLUMNS) * 3 * NAMEDATALEN)

/* A pause of the client after which it is another row of executions, ns */
#define NEW_ROW_AFTER INT64CONST(1000000000)

/* Those that were counted are told this often, in µs, while more come */
#define COUNTED_FOR INT64CONST(100000)

/* The statement that the client executes again and again, and what was only counted */
static struct
{
	uint64		queryid;
	uint32		epoch;
	uint32		in_a_row;
	uint64		stream;
	TimestampTz since;			/* start of the first one counted */
	TimestampTz started;		/* of the last one */
	int64		exec_time;		/* ns */
	int64		plan_time;
	int64		gap;
	uint32		n;				/* counted and not told yet */
	bool		in_block;
}			row PFX_HOT;

static pg_noinline void
tell_counted(void)
{
	PfxMoreEvent *event = pfx_event_begin(sizeof(PfxMoreEvent));

	if (event != NULL)
	{
		event->stream = row.stream;
		event->queryid = row.queryid;
		event->started = row.started;
		event->exec_time = row.exec_time;
		event->plan_time = row.plan_time;
		event->gap = row.gap;
		event->n = row.n;
		event->backend = PFX_MY_SLOT;
		event->in_block = row.in_block;
		pfx_event_end(event, PFX_EVENT_MORE, 0);
	}
	row.n = 0;
	row.exec_time = row.plan_time = row.gap = 0;
}

static pg_noinline void
begin_row(const PfxRef *ref, uint32 epoch)
{
	if (row.n > 0)
		tell_counted();
	row.queryid = ref->key.queryid;
	row.epoch = epoch;
	row.in_a_row = 0;
}

bool
pfx_repeat_counts(const PfxRef *ref, uint32 epoch)
{
	/* the application may have changed its name, the pooler its client */
	if (unlikely(row.queryid != ref->key.queryid || row.epoch != epoch ||
				 (pfx_stream_unsure != InvalidLocalTransactionId && !pfx_stream_lasts(&ref->key))))
		begin_row(ref, epoch);
	return row.in_a_row > PFX_TOLD_IN_A_ROW;
}

void
pfx_repeat_counted(const PfxExecRecord *record)
{
	if (unlikely(record->client_gap_time > NEW_ROW_AFTER))
	{
		if (row.n > 0)
			tell_counted();
		row.in_a_row = 0;
		return;
	}
	if (row.n == 0)
		row.since = record->started;
	row.n++;
	row.started = record->started;
	row.exec_time += record->exec_time;
	row.plan_time += record->plan_time;
	row.gap += record->client_gap_time;
	if (unlikely(record->started - row.since > COUNTED_FOR))
		tell_counted();
}

void
pfx_repeat_exit(void)
{
	if (row.n > 0)
		tell_counted();
}

void
pfx_repeat_started(PfxRepeat *repeat, const PfxRepeatOf *of, uint32 epoch, bool client)
{
	const PlannedStmt *pstmt = of->queryDesc->plannedstmt;

	repeat->epoch = epoch;
	pfx_keys_find(of->queryDesc, of->location, of->len, pfx_plan_memo(of->queryDesc),
				  &repeat->keys);
	if (client)
		pfx_event_expect();
	if (!client || (pstmt->commandType != CMD_SELECT && !pstmt->hasReturning))
		return;
	if ((repeat->keys.flags & (PFX_EV_UNIQUE | PFX_EV_INSERT)) != 0 ?
		pfx_ref_watch_asked(of->ref) : pfx_ref_watched(of->ref))
		(void) pfx_watch_choose(&repeat->watch, of->queryDesc->tupDesc);
}

bool
pfx_repeat_runs(PfxRepeat *repeat, QueryDesc *queryDesc, uint64 count)
{
	if (repeat->epoch == 0)
		return false;
	repeat->in_parts |= repeat->ran || count != 0;
	repeat->ran = true;
	return repeat->watch.ncolumns > 0 && pfx_watch_begin(&repeat->watch, queryDesc);
}

/* ---- names ---- */

typedef struct Names
{
	char		texts[MAX_NAMES];
	int			len;
} Names;

static void
add_name(Names *names, const char *name)
{
	int			len = name != NULL ? strnlen(name, NAMEDATALEN - 1) : 0;

	if (len > 0)
		memcpy(names->texts + names->len, name, len);
	names->texts[names->len + len] = '\0';
	names->len += len + 1;
}

/* Schema, table and column; empty when they are not there (any more) */
static void
add_column(Names *names, Oid relid, const char *column)
{
	char	   *relname = OidIsValid(relid) && column != NULL ? get_rel_name(relid) : NULL;
	char	   *schema = relname != NULL ? get_namespace_name(get_rel_namespace(relid)) : NULL;

	add_name(names, schema);
	add_name(names, relname);
	add_name(names, relname != NULL ? column : NULL);
}

static int
add_keys(Names *names, const PfxRepeatOf *of, PfxKeyPlace *places, uint16 *params)
{
	int			at[PFX_EVENT_KEYS];
	int			numbers[PFX_EVENT_KEYS];
	int			n = pfx_keys_places(of->queryDesc, places);

	for (int i = 0; i < n; i++)
		at[i] = places[i].location;
	pfx_normalized_numbers(of->queryDesc->sourceText, of->location, of->len, at, n, numbers);
	*params = 0;
	for (int i = 0; i < n; i++)
	{
		int			number = places[i].param != 0 ? places[i].param : numbers[i];

		add_column(names, places[i].relid,
				   OidIsValid(places[i].child) ?
				   get_attname(places[i].child, places[i].attnum, true) : NULL);
		if (number > 0 && number < 16)
			*params |= number << (4 * i);
		if (places[i].computed)
			*params |= PFX_KEY_COMPUTED(i);
	}
	return n;
}

static void
add_others(Names *names, const PfxKeyPlace *places, int n)
{
	for (int i = 0; i < n; i++)
		add_column(names, places[i].other_relid,
				   OidIsValid(places[i].other_child) ?
				   get_attname(places[i].other_child, places[i].other_attnum, true) : NULL);
}

static int
add_values(Names *names, const PfxRepeatOf *of)
{
	PfxWatch	watch;
	ListCell   *lc;
	Oid			relids[MaxTupleAttributeNumber];
	AttrNumber	attnums[MaxTupleAttributeNumber];
	int			n = 0;

	if (!pfx_watch_choose(&watch, of->queryDesc->tupDesc))
		return 0;
	foreach(lc, of->queryDesc->plannedstmt->planTree->targetlist)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);

		if (tle->resjunk || n >= MaxTupleAttributeNumber)
			continue;
		relids[n] = tle->resorigtbl;
		attnums[n++] = tle->resorigcol;
	}
	for (int i = 0; i < watch.ncolumns; i++)
	{
		int			column = watch.columns[i] - 1;

		if (column < n && OidIsValid(relids[column]))
			add_column(names, relids[column],
					   get_attname(relids[column], attnums[column], true));
		else
			add_column(names, InvalidOid, NULL);
	}
	return watch.ncolumns;
}

static pg_noinline void
send_columns(const PfxRepeatOf *of, uint32 epoch, bool client)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "perfext columns",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	const PlannedStmt *pstmt = of->queryDesc->plannedstmt;
	Names	   *names = palloc(sizeof(Names));
	PfxKeyPlace places[PFX_EVENT_KEYS];
	uint16		params;
	int			nkeys;
	int			nvalues = 0;
	PfxColumnsEvent *event;

	names->len = 0;
	nkeys = add_keys(names, of, places, &params);
	if (pstmt->commandType == CMD_SELECT || pstmt->hasReturning)
		nvalues = add_values(names, of);
	add_others(names, places, nkeys);
	event = pfx_event_begin(offsetof(PfxColumnsEvent, texts) + names->len);
	if (event != NULL)
	{
		event->queryid = of->ref->key.queryid;
		event->userid = of->ref->key.userid;
		event->dbid = of->ref->key.dbid;
		/* a cursor's query is nested in its DECLARE, but its rows are the client's */
		event->toplevel = client ? 1 : of->ref->key.toplevel;
		event->nkeys = nkeys;
		event->nvalues = nvalues;
		event->len = names->len;
		event->key_params = params;
		event->encoding = GetDatabaseEncoding();
		memcpy(event->texts, names->texts, names->len);
		pfx_event_end(event, PFX_EVENT_COLUMNS, 0);
		pfx_ref_columns_told(of->ref, epoch);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}

void
pfx_repeat_columns(const PfxRepeatOf *of, uint32 epoch, bool client)
{
	/* while a transaction ends, the catalogs are left alone */
	if (unlikely(pfx_ref_columns_due(of->ref, epoch)) && !pfx_session_committing &&
		IsTransactionState())
		send_columns(of, epoch, client);
}

/*
 * A cursor may end with its transaction, when it is too late to look at names:
 * they are told with its first rows.
 */
static pg_noinline void
cursor_columns(PfxRepeat *repeat, const PfxRepeatOf *of)
{
	if (repeat->told)
		return;
	repeat->told = true;
	/* new: it has no mark yet that says whether they were told */
	if (of->ref->stmt == NULL)
		send_columns(of, repeat->epoch, true);
	else
		pfx_repeat_columns(of, repeat->epoch, true);
}

/* ---- values ---- */

/* Rows went to the client: what they hold, before anything can follow from it */
void
pfx_repeat_ran(PfxRepeat *repeat, const PfxRepeatOf *of)
{
	int			nrows;
	const uint32 *values = pfx_watch_values(&nrows);
	Size		size = sizeof(uint32) * nrows * repeat->watch.ncolumns;
	PfxValuesEvent *event;
	char		tags[PFX_MAX_TAGS];
	int			len;
	uint16		flags = repeat->keys.flags;
	uint64		stream;

	if (nrows == 0)
		return;
	if (of->queryDesc->dest->mydest == DestTuplestore)
		cursor_columns(repeat, of);
	len = pfx_tags_of_statement(of->queryDesc->sourceText, of->location, of->len, tags,
								sizeof(tags));
	stream = pfx_stream_of(&of->ref->key, tags, len, repeat->epoch, &flags);
	event = pfx_event_begin(offsetof(PfxValuesEvent, hashes) + size);
	if (event == NULL)
		return;
	event->stream = stream;
	event->queryid = of->ref->key.queryid;
	event->started = of->started;
	event->at = GetCurrentTimestamp();
	event->nrows = nrows;
	event->ncolumns = repeat->watch.ncolumns;
	event->backend = PFX_MY_SLOT;
	memcpy(event->hashes, values, size);
	pfx_event_end(event, PFX_EVENT_VALUES, flags);
}

/* ---- the event ---- */

/* How a number stands to those of the statement's last executions here */
static uint16
order_of(uint64 queryid, int64 number)
{
	static struct
	{
		uint64		queryid;
		uint64		salted;
		uint64		step;
	}			last[64];
	static uint64 salt = 0;
	int			slot = queryid % lengthof(last);
	uint16		flags = 0;

	if (unlikely(salt == 0))
		salt = (uint64) pfx_value_hash(MyProcPid) << 32 | pfx_value_hash(MyStartTimestamp);
	if (last[slot].queryid == queryid)
	{
		int64		before = (int64) (last[slot].salted ^ salt);
		uint64		step = (uint64) number - (uint64) before;

		if (number > before)
			flags |= PFX_EV_ASCENDING;
		if (step == last[slot].step && step != 0)
			flags |= PFX_EV_STEP;
		last[slot].step = step;
	}
	else
		last[slot].step = 0;
	last[slot].queryid = queryid;
	last[slot].salted = (uint64) number ^ salt;
	return flags;
}

void
pfx_repeat_tell(const PfxRepeatOf *of, const PfxKeys *keys, uint16 flags, uint64 stream,
				bool tagged, const PfxExecRecord *record)
{
	PfxEvent   *event;

	if (keys->has_number)
		flags |= order_of(of->ref->key.queryid, keys->number);
	if (IsTransactionBlock())
		flags |= PFX_EV_IN_BLOCK;
	/* what is told apart by its tags may be another request's next time */
	if (tagged || stream != row.stream)
		row.in_a_row = 0;
	else
		row.in_a_row++;
	row.stream = stream;
	row.in_block = (flags & PFX_EV_IN_BLOCK) != 0;

	event = pfx_event_begin(sizeof(PfxEvent));
	if (event == NULL)
		return;
	event->stream = stream;
	event->queryid = of->ref->key.queryid;
	event->started = of->started;
	event->exec_time = Min(record->exec_time / 100, PG_UINT32_MAX);
	event->gap = Min(record->client_gap_time / 1000, PG_UINT32_MAX);
	memcpy(event->keys, keys->keys, sizeof(event->keys));
	event->all = keys->all;
	event->plan_time = Min((record->plan_time + 5000) / 10000, PG_UINT16_MAX);
	event->rows = Min(record->rows, PG_UINT16_MAX);
	event->backend = PFX_MY_SLOT;
	event->transaction = (uint16) PFX_MY_LXID;
	pfx_event_end(event, PFX_EVENT_STATEMENT, flags);
}

void
pfx_repeat_ended(PfxRepeat *repeat, const PfxRepeatOf *of, const PfxExecRecord *record,
				 const char *tags, int tags_len)
{
	uint16		flags = repeat->keys.flags;
	uint64		stream = pfx_stream_of(&of->ref->key, tags, tags_len, repeat->epoch, &flags);

	pfx_repeat_columns(of, repeat->epoch, true);
	if (repeat->in_parts)
		flags |= PFX_EV_PARTS;
	pfx_repeat_tell(of, &repeat->keys, flags, stream, tags_len > 0, record);
}
