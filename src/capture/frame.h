/*-------------------------------------------------------------------------
 *
 * frame.h
 *	  What is kept of a recorded statement from its start to its end.
 *
 * Separate from statement.h, which others need: only those who follow a
 * statement from hook to hook (statement.c, run.c) look inside.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_FRAME_H
#define PFX_FRAME_H

#include "capture/nodes.h"
#include "capture/repeat.h"
#include "capture/statement.h"

struct PfxFrame
{
	PfxFrame   *next;			/* in the list of live frames, of starting or of free ones */
	QueryDesc  *queryDesc;
	PfxRef		ref;
	int			level;			/* statements that it is inside of */
	int			nest_level;		/* of subtransactions, at its start */
	PfxSample	sample;
	bool		client;			/* a client's, or the query of a client's cursor */
	bool		untagged;		/* its text has no tags, as is known from before */
	bool		recorded;
	bool		drives;			/* loops go over its rows */
	bool		parallel;
	int			runs;			/* portions in which it was executed */
	int			location;		/* of its text in the source, as in PlannedStmt */
	int			len;
	int32		nplans;
	int64		plan_time;
	TimestampTz started;
	PfxNodeRun *nodes;			/* NULL: this execution is not sampled */
	uint64		running_since;	/* 0: not running right now */
	uint64		last_ticks;		/* when it last stopped running */
	uint64		run_ticks;
	uint64		finish_ticks;
	uint64		run_node_ticks; /* of run_ticks, spent in timed nodes */
	uint64		finish_node_ticks;
	int64		rows;
	int64		fk_time;
	int64		fk_checks;
	int64		own_time;		/* ns that perfext itself took so far */
	const PfxOuter *inside;		/* what it was started in; compared, not followed */
	PfxOuter	outer;			/* what runs inside of it */
	MemoryContextCallback callback;
	PfxRepeat	repeat;			/* set only as far as it says, as the following */
	PfxUsed		used;
};

/* Those whose executor has started and not ended, the last one first */
extern PfxFrame *pfx_live_frames;

/* The frame of a query; NULL: it is not recorded */
static inline PfxFrame *
pfx_frame_find(const QueryDesc *queryDesc)
{
	PfxFrame   *frame = pfx_live_frames;

	while (frame != NULL && frame->queryDesc != queryDesc)
		frame = frame->next;
	return frame;
}

/* What is told of an execution to the detector of repeated statements */
static inline PfxRepeatOf
pfx_frame_repeat(PfxFrame *frame)
{
	return (PfxRepeatOf)
	{
		frame->queryDesc, &frame->ref, frame->location, frame->len, frame->started
	};
}

#endif							/* PFX_FRAME_H */
