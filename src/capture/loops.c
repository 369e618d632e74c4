/*-------------------------------------------------------------------------
 *
 * loops.c
 *	  Counts the statements that run inside of others, and tells the detector of
 *	  those that ran again and again: loops in PL/pgSQL, functions and triggers
 *	  that run for each row.
 *
 * Separate from repeat.c: between backends nothing has to be put together here,
 * so the counting is done where it happens, in preallocated memory, and
 * only what is a loop is told, once per outer execution.
 *
 * The table is small; a loop whose entry was taken by others is not told.
 * Different values are counted linearly: a bit per hash, estimated by the
 * bits that stay empty (Whang, Vander-Zanden and Taylor, 1990).
 *
 * Where in a function the loop is comes from the error context, read when a
 * loop is found the first time: the formats of its lines are looked up in the
 * servers' own translations.  Nothing of them is kept but function and number.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/xact.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "tcop/tcopprot.h"
#include "utils/memutils.h"

#include "capture/loops.h"
#include "capture/session.h"
#include "capture/stream.h"
#include "capture/tags.h"
#include "guc.h"

#define WAYS 4
#define SETS 8
#define DISTINCT_BITS 512
#define MAX_CONTEXT 160

struct PfxLoop
{
	uint64		serial;			/* of the outer execution; 0: free */
	uint64		used;			/* when, for the least recently used to go */
	int64		n;
	PfxStmtKey	child;
	int64		exec_time;
	int64		plan_time;
	int64		rows;
	uint16		flags;
	bool		silenced;
	bool		has_driver;
	uint64		seen[DISTINCT_BITS / 64];
	PfxStmtKey	driver;
	int64		driver_rows;
	char		context[MAX_CONTEXT];
};

static PfxLoop loops[SETS * WAYS];
static uint64 last_serial = 0;
static uint64 last_used = 0;

/* ---- where in a function ---- */

/* Places found lately: looking at the error context takes microseconds */
typedef struct Place
{
	uint64		outer;			/* queryid */
	uint64		child;			/* the same */
	uint32		epoch;
	char		context[MAX_CONTEXT];
} Place;

static Place places[16];

/* One argument of a format: where it begins, and whether it is a number */
static const char *
next_argument(const char *format, bool *number)
{
	const char *p = strchr(format, '%');

	if (p == NULL)
		return NULL;
	*number = p[strcspn(p, "sd")] == 'd';
	return p;
}

/*
 * Does the line read like the format, a string and a number (in any order), and
 * perhaps more behind?  Then both are taken from it.
 */
static bool
matches(const char *line, const char *format, const char **name, int *name_len, int *number)
{
	bool		is_number;
	const char *argument;
	int			taken = 0;

	while (taken < 2 && (argument = next_argument(format, &is_number)) != NULL)
	{
		int			len = argument - format;

		if (strncmp(line, format, len) != 0)
			return false;
		line += len;
		format = argument + strcspn(argument, "sd") + 1;
		if (is_number)
		{
			char	   *end;

			*number = strtol(line, &end, 10);
			if (end == line)
				return false;
			line = end;
		}
		else
		{
			/* up to what follows it in the format */
			const char *stop = strchr(format, '%');
			int			follows = stop != NULL ? stop - format : strlen(format);

			if (follows == 0)
				return false;
			*name = line;
			while (*line != '\0' && *line != '\n' && strncmp(line, format, follows) != 0)
				line++;
			if (*line == '\0' || *line == '\n')
				return false;
			*name_len = line - *name;
		}
		taken++;
	}
	return taken == 2;
}

/* The innermost function of an error context and where in it; else empty */
static void
find_place(const char *context, char *place)
{
	const char *plpgsql = dgettext(PG_TEXTDOMAIN("plpgsql"),
								   "PL/pgSQL function %s line %d at %s");
	const char *sql = gettext("SQL function \"%s\" statement %d");

	place[0] = '\0';
	for (const char *line = context; line != NULL;)
	{
		const char *name;
		int			len;
		int			number;

		if (matches(line, plpgsql, &name, &len, &number))
		{
			snprintf(place, MAX_CONTEXT, "%.*s line %d", Min(len, MAX_CONTEXT - 32), name,
					 number);
			return;
		}
		if (matches(line, sql, &name, &len, &number))
		{
			snprintf(place, MAX_CONTEXT, "%.*s statement %d", Min(len, MAX_CONTEXT - 32), name,
					 number);
			return;
		}
		line = strchr(line, '\n');
		if (line != NULL)
			line++;
	}
}

/* Whatever goes wrong, there is no place */
static void
read_context(char *place)
{
	MemoryContext context = CurrentMemoryContext;
	uint32		interrupt_holdoff = InterruptHoldoffCount;
	uint32		cancel_holdoff = QueryCancelHoldoffCount;
	MemoryContext work = AllocSetContextCreate(context, "perfext error context",
											   ALLOCSET_SMALL_SIZES);

	place[0] = '\0';
	PG_TRY();
	{
		char	   *stack;

		MemoryContextSwitchTo(work);
		stack = GetErrorContextStack();
		if (stack != NULL)
			find_place(stack, place);
	}
	PG_CATCH();
	{
		InterruptHoldoffCount = interrupt_holdoff;
		QueryCancelHoldoffCount = cancel_holdoff;
		FlushErrorState();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	MemoryContextDelete(work);
}

/* ---- counting ---- */

static PfxLoop *
find_loop(uint64 serial, const PfxStmtKey *child)
{
	PfxLoop    *set = loops + (child->queryid ^ serial) % SETS * WAYS;
	PfxLoop    *oldest = set;

	for (int i = 0; i < WAYS; i++)
	{
		if (set[i].serial == serial && set[i].child.queryid == child->queryid &&
			set[i].child.userid == child->userid)
			return &set[i];
		if (set[i].used < oldest->used)
			oldest = &set[i];
	}
	memset(oldest, 0, sizeof(*oldest));
	oldest->serial = serial;
	oldest->child = *child;
	return oldest;
}

/* A loop is found: what is told of it beside its numbers */
static pg_noinline void
describe(PfxLoop *loop, const PfxOuter *outer, const PfxRepeatOf *of, uint32 epoch)
{
	Place	   *place = &places[(loop->child.queryid ^ outer->queryid) % lengthof(places)];
	char		tags[PFX_MAX_TAGS];
	int			len;

	if (place->child != loop->child.queryid || place->outer != outer->queryid ||
		place->epoch != epoch)
	{
		read_context(place->context);
		place->child = loop->child.queryid;
		place->outer = outer->queryid;
		place->epoch = epoch;
	}
	memcpy(loop->context, place->context, sizeof(loop->context));
	len = pfx_tags_of_statement(of->queryDesc->sourceText, of->location, of->len, tags,
								sizeof(tags));
	loop->silenced = pfx_stream_silenced(tags, len);
	pfx_repeat_columns(of, epoch, false);
}

PfxLoop *
pfx_loops_child(PfxOuter *outer, const PfxRepeat *repeat, const PfxRepeatOf *of,
				const PfxExecRecord *record)
{
	uint32		bit = repeat->keys.all % DISTINCT_BITS;
	PfxLoop    *loop;

	if (unlikely(outer->serial == 0))
		outer->serial = ++last_serial;
	loop = find_loop(outer->serial, &of->ref->key);
	loop->used = ++last_used;
	loop->n++;
	loop->exec_time += record->exec_time;
	loop->plan_time += record->plan_time;
	loop->rows += record->rows;
	loop->flags = repeat->keys.flags;
	loop->seen[bit / 64] |= UINT64CONST(1) << (bit % 64);
	if (likely(loop->n < perfext_n_plus_one_threshold))
		return NULL;
	if (unlikely(loop->n == perfext_n_plus_one_threshold))
		describe(loop, outer, of, repeat->epoch);
	return loop;
}

void
pfx_loops_driver(PfxLoop *loop, const PfxRepeatOf *driver, uint32 epoch)
{
	if (!loop->has_driver)
	{
		loop->has_driver = true;
		loop->driver = driver->ref->key;
		pfx_repeat_columns(driver, epoch, false);
	}
}

void
pfx_loops_driver_ended(const PfxOuter *outer, const PfxStmtKey *driver, int64 rows)
{
	for (PfxLoop *loop = loops; loop < loops + SETS * WAYS; loop++)
		if (loop->serial == outer->serial && loop->has_driver &&
			pfx_same_statement(&loop->driver, driver))
			loop->driver_rows += rows;
}

static uint32
estimate_distinct(const PfxLoop *loop)
{
	int			ones = 0;
	double		distinct;

	for (int i = 0; i < lengthof(loop->seen); i++)
		ones += pg_popcount64(loop->seen[i]);
	if (ones == DISTINCT_BITS)
		return Min(loop->n, PG_UINT32_MAX);
	distinct = -DISTINCT_BITS * log(1.0 - (double) ones / DISTINCT_BITS);
	return (uint32) Min(distinct + 0.5, (double) loop->n);
}

static void
send_loop(const PfxLoop *loop, const PfxStmtKey *outer, int64 outer_time, uint64 stream,
		  uint16 flags)
{
	int			context_len = strlen(loop->context);
	PfxLoopEvent *event = pfx_event_begin(offsetof(PfxLoopEvent, context) + context_len);

	if (event == NULL)
		return;
	event->outer = *outer;
	event->child = loop->child;
	event->driver = loop->driver;
	event->stream = stream;
	event->started = GetCurrentStatementStartTimestamp();
	event->exec_time = loop->exec_time;
	event->plan_time = loop->plan_time;
	event->outer_time = outer_time;
	event->n = loop->n;
	event->driver_rows = loop->driver_rows;
	event->rows = loop->rows;
	event->distinct = estimate_distinct(loop);
	event->context_len = context_len;
	event->backend = PFX_MY_SLOT;
	memcpy(event->context, loop->context, context_len);
	pfx_event_end(event, PFX_EVENT_LOOP,
				  loop->flags | flags | (loop->silenced ? PFX_EV_SILENCED : 0));
}

void
pfx_loops_outer_ended(PfxOuter *outer, const PfxStmtKey *key, int64 exec_time)
{
	uint32		epoch = pfx_repeat_epoch();
	uint64		stream = 0;
	uint16		flags = 0;

	for (PfxLoop *loop = loops; loop < loops + SETS * WAYS; loop++)
	{
		if (loop->serial != outer->serial)
			continue;
		if (loop->n >= perfext_n_plus_one_threshold && epoch != 0)
		{
			if (stream == 0)
			{
				char		tags[PFX_MAX_TAGS];
				int			len = pfx_tags_extract(debug_query_string, tags, sizeof(tags));

				stream = pfx_stream_of(key, tags, len, epoch, &flags);
			}
			send_loop(loop, key, exec_time, stream, flags);
		}
		loop->serial = 0;
		loop->used = 0;
	}
	outer->serial = 0;
}
