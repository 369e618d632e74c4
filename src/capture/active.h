/*-------------------------------------------------------------------------
 *
 * active.h
 *	  What is being executed right now, one inside the other.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_ACTIVE_H
#define PFX_ACTIVE_H

#include "capture/nodes.h"
#include "capture/usage.h"
#include "commands/extension.h"
#include "guc.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "store/store.h"

/* An execution inside of which others run (loops.c) */
typedef struct PfxOuter
{
	uint64		queryid;
	uint64		serial;			/* 0: none of them was counted */
} PfxOuter;

/*
 * What is being executed right now, innermost first; lives on the C stack of
 * the hook that runs it.
 */
typedef struct PfxActive
{
	struct PfxActive *outer;
	uint64		utility_id;		/* for statements inside that have no id */
	bool		foreign_key;	/* a referential-integrity check */
	bool		inside_foreign_key; /* run by one, however deep */
	int64		fk_time;		/* of the checks run inside */
	int64		fk_checks;
	bool		explains;		/* EXPLAIN: shows the user how long planning takes */
	bool		declares;		/* DECLARE CURSOR, or a query's COPY: what is inside is the
								 * client's */
	const PfxRef *statement;	/* recorded statement that runs, but no utility's; or NULL */
	const struct PfxUtility *utility;	/* tracked utility statement, or NULL */
	uint64		started;		/* ticks */
	PfxOuter   *execution;		/* NULL: nothing is counted inside of it */
	/* for who follows it while it runs (progress.c): set last, read by a signal handler */
	const PfxRef *ref;			/* of what is tracked, or NULL */
	struct QueryDesc *query;	/* NULL: a utility statement */
	int			command;		/* that one's NodeTag */
	bool		finishing;		/* AFTER triggers run */
	PfxNodeState nodes;			/* of whoever runs outside */
} PfxActive;

extern PfxActive *pfx_active;

/* May this process record at all?  -1: not found out yet */
extern int	pfx_may_record;
extern bool pfx_find_out_may_record(void);

/* perfext.track says that statements at this level are recorded */
static inline bool
pfx_tracked(int level)
{
	if (!perfext_enabled || unlikely(pfx_may_record <= 0 && !(pfx_may_record < 0 &&
															  pfx_find_out_may_record())))
		return false;
	if (likely(level == 0))
		return perfext_track != PFX_TRACK_NONE;
	/* the hundreds of statements of an extension's script are nobody's workload */
	return perfext_track == PFX_TRACK_ALL && !creating_extension;
}

/* Entering and leaving anything that executes: nesting, foreign-key time */
extern void pfx_active_enter(PfxActive *active, bool timed);
extern uint64 pfx_active_leave(PfxActive *active);	/* ticks in timed nodes */

/* What is tracked begins to run, after it was entered */
static inline void
pfx_active_runs(PfxActive *active, const PfxMark *mark, const PfxRef *ref,
				struct QueryDesc *query, bool finishing)
{
	active->started = mark->ticks;
	active->query = query;
	active->finishing = finishing;
	pg_compiler_barrier();
	active->ref = ref;
}

/* The outermost tracked utility statement that is running, or NULL */
extern const PfxRef *pfx_active_utility(void);

/* The innermost recorded statement that is running, but no utility's; or NULL */
extern const PfxRef *pfx_active_statement(void);

/* Is an EXPLAIN under way, however far outside? */
extern bool pfx_active_explains(void);

/* Is a statement started now a referential-integrity check of the server? */
extern bool pfx_reads_as_foreign_key_check(const char *source);

static inline bool
pfx_is_foreign_key_check(const char *source)
{
	return unlikely(InNoForceRLSOperation()) && pfx_reads_as_foreign_key_check(source);
}

/* The same of a statement that is planned, without those that read both tables */
extern bool pfx_is_row_check(const char *source);
extern void pfx_foreign_key_checked(PfxActive *active, uint64 ticks);

#endif							/* PFX_ACTIVE_H */
