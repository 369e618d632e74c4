/*-------------------------------------------------------------------------
 *
 * patterns.c
 *	  The pattern detector: takes events in the order in which they came, and
 *	  publishes what they amount to.
 *
 * Separate from the worker, which knows when and where it runs.  How patterns
 * are told is in pattern.h.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "detect/pattern.h"
#include "detect/patterns.h"

/* µs that a stream must have been quiet before it is judged unasked */
#define QUIET INT64CONST(200000)

static bool unknown_stream = false;

void
pfx_patterns_init(MemoryContext context)
{
	pfx_streams_init(context);
}

static void
statement_told(const PfxEvent *event)
{
	PfxStream  *stream;
	PfxKnown   *known = pfx_told_of(event->stream, event->queryid, &stream);
	uint16		flags = event->head.flags;

	if (known == NULL)
	{
		/* forgotten meanwhile: all backends tell theirs again */
		unknown_stream = true;
		return;
	}
	stream->seq++;
	stream->last = event->started;
	pfx_runs_followed(stream, event);
	/* a list beside a key may be a list of what never changes, as some states */
	if ((flags & (PFX_EV_KEYED | PFX_EV_WRITE)) != 0 &&
		(flags & (PFX_EV_QUEUE | PFX_EV_CATALOG)) == 0 &&
		((flags & PFX_EV_BATCH) == 0 || event->keys[0] != 0))
		pfx_run_add(stream, known, event);
	else if ((flags & PFX_EV_BATCH) != 0)
		pfx_run_batched(stream, known);
	else
		pfx_runs_led(stream, event);
	pfx_rows_told(stream, known, event);
}

/* Findings are being reset: what was counted until now belongs to nothing */
static void
forget(void)
{
	dlist_iter	iter;

	dlist_foreach(iter, &pfx_streams)
	{
		PfxStream  *stream = dlist_container(PfxStream, node, iter.cur);

		pfx_runs_drop(stream, DT_NOEND);
		pfx_stream_forget_rows(stream);
	}
}

static void
more_told(const PfxMoreEvent *event)
{
	PfxStream  *stream;
	PfxKnown   *known = pfx_told_of(event->stream, event->queryid, &stream);

	if (known == NULL)
		return;
	stream->last = event->started;
	pfx_run_more(stream, known, event);
}

void
pfx_patterns_feed(const PfxEventHead *event)
{
	switch ((PfxEventKind) event->kind)
	{
		case PFX_EVENT_STATEMENT:
			statement_told((const PfxEvent *) event);
			break;
		case PFX_EVENT_STREAM:
			pfx_stream_told((const PfxStreamEvent *) event);
			break;
		case PFX_EVENT_VALUES:
			pfx_values_told((const PfxValuesEvent *) event);
			break;
		case PFX_EVENT_COLUMNS:
			pfx_known_told((const PfxColumnsEvent *) event);
			break;
		case PFX_EVENT_MORE:
			more_told((const PfxMoreEvent *) event);
			break;
		case PFX_EVENT_LOOP:
			pfx_judge_loop((const PfxLoopEvent *) event);
			break;
		case PFX_EVENT_FORGET:
			forget();
			break;
	}
}

/*
 * Streams that have been quiet for a moment are judged, and their runs that are
 * over forgotten; all: the others are judged, too, as far as they got.
 */
void
pfx_patterns_publish(TimestampTz now, bool all)
{
	dlist_iter	iter;

	dlist_foreach(iter, &pfx_streams)
	{
		PfxStream  *stream = dlist_container(PfxStream, node, iter.cur);

		if (stream->nruns == 0 || (!all && now - stream->last < QUIET))
			continue;
		pfx_judge_stream(stream);
		pfx_runs_drop(stream, now);
	}
	pfx_findings_report(pfx_nstreams,
						MemoryContextMemAllocated(pfx_patterns_context, true));
	if (unknown_stream)
		pfx_events_new_epoch();
	unknown_stream = false;
}
