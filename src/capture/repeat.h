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
#include "guc.h"
#include "store/store.h"

/* Kept with an execution from its start to its end */
typedef struct PfxRepeat
{
	uint32		epoch;			/* 0: nobody wants to know */
	bool		counted;		/* one of many: just counted */
	bool		in_parts;
	bool		ran;
	bool		told;			/* a cursor's columns */
	PfxWatch	watch;
	PfxKeys		keys;
} PfxRepeat;

/* Nothing is told; what need not be set is left alone */
static inline void
pfx_repeat_init(PfxRepeat *repeat)
{
	repeat->epoch = 0;
	repeat->counted = false;
	repeat->in_parts = false;
	repeat->ran = false;
	repeat->told = false;
	repeat->watch.ncolumns = 0;
	repeat->watch.nrows = 0;
}

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
static inline uint32
pfx_repeat_epoch(void)
{
	return perfext_n_plus_one ? pfx_events_epoch() : 0;
}

/* ExecutorStart is done; client: it is what a client sent, or its cursor */
extern void pfx_repeat_started(PfxRepeat *repeat, const PfxRepeatOf *of, uint32 epoch, bool client);

/* Around ExecutorRun: does it watch the rows? */
extern bool pfx_repeat_runs(PfxRepeat *repeat, QueryDesc *queryDesc, uint64 count);
extern void pfx_repeat_ran(PfxRepeat *repeat, const PfxRepeatOf *of);

/* The names behind its keys and columns, unless they were told; client as above */
extern void pfx_repeat_columns(const PfxRepeatOf *of, uint32 epoch, bool client);

/*
 * One statement again and again: from some hundred on it is only counted.
 * pfx_repeat_counts() says so when a client's statement starts.
 */
extern bool pfx_repeat_counts(const PfxRef *ref, uint32 epoch);
extern void pfx_repeat_counted(const PfxExecRecord *record);
extern void pfx_repeat_exit(void);

/* A client's statement ended well */
extern void pfx_repeat_ended(PfxRepeat *repeat, const PfxRepeatOf *of,
							 const PfxExecRecord *record, const char *tags, int tags_len);

/* An event with these keys, in this stream; of queryDesc and text nothing is read */
extern void pfx_repeat_tell(const PfxRepeatOf *of, const PfxKeys *keys, uint16 flags,
							uint64 stream, bool tagged, const PfxExecRecord *record);

#endif							/* PFX_REPEAT_H */
