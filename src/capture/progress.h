/*-------------------------------------------------------------------------
 *
 * progress.h
 *	  Showing statements that turned out to run for long, while they run.
 *
 * Separate from statement.h: nothing here happens to most statements.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_PROGRESS_H
#define PFX_PROGRESS_H

#include "capture/active.h"
#include "datatype/timestamp.h"
#include "executor/execdesc.h"

/* Some statement is being followed: its end must be told */
extern volatile bool pfx_progress_following;

/* A client's statement that starts then or later finds the timer perhaps not armed */
extern volatile TimestampTz pfx_progress_look_at;
extern void pfx_progress_arm(TimestampTz now);

static inline void
pfx_progress_look_again(void)
{
	pfx_progress_look_at = 0;
}

/* What is told once a statement is followed; any may come for one that is not */
extern void pfx_progress_leave(const PfxActive *active);
extern void pfx_progress_ended(const QueryDesc *queryDesc);
extern void pfx_progress_utility_ended(const PfxActive *active);
extern void pfx_progress_forget(const QueryDesc *queryDesc);


/* The backend exits */
extern void pfx_progress_exit(void);

#endif							/* PFX_PROGRESS_H */
