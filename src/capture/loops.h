/*-------------------------------------------------------------------------
 *
 * loops.h
 *	  Statements that run again and again inside one execution of another.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_LOOPS_H
#define PFX_LOOPS_H

#include "capture/active.h"
#include "capture/repeat.h"

typedef struct PfxLoop PfxLoop;

/*
 * A nested statement ended inside of this execution.  Not NULL when it has run
 * so often there that it is a loop.
 */
extern PfxLoop *pfx_loops_child(PfxOuter *outer, const PfxRepeat *repeat, const PfxRepeatOf *of,
								const PfxExecRecord *record);

/* The query whose rows the loop goes over; and its end */
extern void pfx_loops_driver(PfxLoop *loop, const PfxRepeatOf *driver, uint32 epoch);
extern void pfx_loops_driver_ended(const PfxOuter *outer, const PfxStmtKey *driver, int64 rows);

/* An execution with children ended well: tells of its loops */
extern void pfx_loops_outer_ended(PfxOuter *outer, const PfxStmtKey *key, int64 exec_time);

#endif							/* PFX_LOOPS_H */
