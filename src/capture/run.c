/*-------------------------------------------------------------------------
 *
 * run.c
 *	  Measures the runs of an executor and adds them up in the statement's frame.
 *
 * Separate from statement.c, which begins and ends a statement: a query may run
 * in many portions, and a trigger's or function's queries run inside of them.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "capture/frame.h"
#include "capture/run.h"
#include "capture/watch.h"
#include "clock.h"

void
pfx_run_begin(PfxRun *run, QueryDesc *queryDesc, uint64 count, bool finishing)
{
	PfxFrame   *frame = pfx_frame_find(queryDesc);

	run->frame = frame;
	run->finishing = finishing;
	run->watches = false;
	if (unlikely(frame == NULL))
	{
		/*
		 * Not tracked, or the server's own foreign-key check: the depth is
		 * kept right, and a check's time is booked.
		 */
		pfx_active_enter(&run->active, false);
		run->active.foreign_key = pfx_is_foreign_key_check(queryDesc->sourceText);
		if (run->active.foreign_key)
			run->mark.ticks = pfx_ticks();
		return;
	}
	if (frame->repeat.epoch != 0 && !finishing)
		run->watches = pfx_repeat_runs(&frame->repeat, queryDesc, count);
	pfx_active_enter(&run->active, frame->nodes != NULL);
	run->active.statement = &frame->ref;
	run->active.execution = &frame->outer;
	pfx_mark(&run->mark);
	frame->running_since = run->mark.ticks;
	pfx_active_runs(&run->active, &run->mark, &frame->ref, queryDesc, finishing);
}

static void
add_to_frame(PfxRun *run, QueryDesc *queryDesc, uint64 node_ticks)
{
	PfxFrame   *frame = run->frame;
	uint64		now = pfx_ticks();
	uint64		ticks = now - run->mark.ticks;

	frame->running_since = 0;
	frame->last_ticks = now;
	pfx_used_since(&frame->used, &run->mark);
	frame->fk_time += run->active.fk_time;
	frame->fk_checks += run->active.fk_checks;
	if (unlikely(run->finishing))
	{
		frame->finish_ticks += ticks;
		frame->finish_node_ticks += node_ticks;
		return;
	}
	frame->run_ticks += ticks;
	frame->run_node_ticks += node_ticks;
	frame->rows += queryDesc->estate->es_processed;
	frame->runs++;
}

void
pfx_run_ended(PfxRun *run, QueryDesc *queryDesc)
{
	uint64		node_ticks;

	if (unlikely(run->watches))
		pfx_watch_end(queryDesc);
	node_ticks = pfx_active_leave(&run->active);
	if (likely(run->frame != NULL))
		add_to_frame(run, queryDesc, node_ticks);
	else if (run->active.foreign_key && !run->finishing)
		pfx_foreign_key_checked(pfx_active, pfx_ticks() - run->mark.ticks);
	if (unlikely(run->watches))
	{
		PfxRepeatOf of = pfx_frame_repeat(run->frame);

		pfx_repeat_ran(&run->frame->repeat, &of);
	}
}

void
pfx_run_failed(PfxRun *run, QueryDesc *queryDesc)
{
	if (run->watches)
		pfx_watch_end(queryDesc);
	(void) pfx_active_leave(&run->active);
	if (run->frame != NULL)
		pfx_statement_failed(run->frame);
}
