/*-------------------------------------------------------------------------
 *
 * repeat.h
 *	  What an execution tells the detector of repeated statements.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_REPEAT_H
#define PFX_REPEAT_H

#include "capture/keys.h"
#include "capture/watch.h"
#include "store/store.h"

/* Kept with an execution from its start to its end */
typedef struct PfxRepeat
{
	uint32		epoch;			/* 0: nobody wants to know */
	bool		in_parts;
	bool		ran;
	PfxKeys		keys;
	PfxWatch	watch;
} PfxRepeat;

/* What of an execution is told, beside the above */
typedef struct PfxRepeatOf
{
	QueryDesc  *queryDesc;
	PfxRef	   *ref;
	int			location;		/* of its text in the source, as in PlannedStmt */
	int			len;
	TimestampTz started;
} PfxRepeatOf;

/* Is anybody interested in what this backend does? */
extern uint32 pfx_repeat_epoch(void);

/* ExecutorStart is done; client: it is what a client sent, or its cursor */
extern void pfx_repeat_started(PfxRepeat *repeat, const PfxRepeatOf *of, uint32 epoch, bool client);

/* Around ExecutorRun: does it watch the rows? */
extern bool pfx_repeat_runs(PfxRepeat *repeat, QueryDesc *queryDesc, uint64 count);
extern void pfx_repeat_ran(PfxRepeat *repeat, const PfxRepeatOf *of);

/* The names behind its keys and columns, unless they were told */
extern void pfx_repeat_columns(const PfxRepeatOf *of, uint32 epoch);

/* A client's statement ended well */
extern void pfx_repeat_ended(PfxRepeat *repeat, const PfxRepeatOf *of,
							 const PfxExecRecord *record, const char *tags, int tags_len);

#endif							/* PFX_REPEAT_H */
