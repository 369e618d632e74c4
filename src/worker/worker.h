/*-------------------------------------------------------------------------
 *
 * worker.h
 *	  What perfext's background workers have in common.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_WORKER_H
#define PFX_WORKER_H

/*
 * Registers a worker that needs no database and works on a standby: its name for
 * people, and that of its entry point, a function of this library.
 */
extern void pfx_worker_register(const char *name, const char *function);

/* At its start: signals, and what is to be undone when it exits */
extern void pfx_worker_begin(void);

/* Sleeps until its latch is set or so many ms have passed; reloads settings */
extern void pfx_worker_sleep(long ms);

#endif							/* PFX_WORKER_H */
