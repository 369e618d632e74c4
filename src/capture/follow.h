/*-------------------------------------------------------------------------
 *
 * follow.h
 *	  Following a plan while it is executed.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_FOLLOW_H
#define PFX_FOLLOW_H

#include "executor/execdesc.h"
#include "nodes/execnodes.h"
#include "store/progress.h"

/* As PfxProgress says it, one for each level; all may be called by a signal handler */
extern void pfx_follow_begin(int level, const QueryDesc *queryDesc);
extern void pfx_follow_phases(int level, PfxProgress *progress);
extern void pfx_follow_look(int level, PfxProgress *progress, double since);
extern bool pfx_follow_running(int level);
extern void pfx_follow_resume(int level);

/* Takes the counting off again; the plan's memory must still be there */
extern void pfx_follow_pause(int level);
extern void pfx_follow_forget(int level);

/* Statements of checks, or triggers, that each row queues for the statement's end */
extern int	pfx_follow_triggers(int level);

/* Whoever is called by a node was taken off: call that instead */
extern void pfx_follow_replace(PlanState *ps, ExecProcNodeMtd next);

extern void pfx_follow_init(void);

#endif							/* PFX_FOLLOW_H */
