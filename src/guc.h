/*-------------------------------------------------------------------------
 *
 * guc.h
 *	  Every setting of perfext, as the variables behind them.
 *
 * Separate so that a room can read a setting without knowing who defines it.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_GUC_H
#define PFX_GUC_H

typedef enum PfxTrack
{
	PFX_TRACK_NONE,				/* record nothing */
	PFX_TRACK_TOP,				/* statements that clients send */
	PFX_TRACK_ALL				/* those inside functions as well */
} PfxTrack;

typedef enum PfxNodeTiming
{
	PFX_NODE_TIMING_OFF,		/* no plan node is ever timed */
	PFX_NODE_TIMING_AUTO,		/* as often as overhead_target pays for */
	PFX_NODE_TIMING_ALL			/* in every execution */
} PfxNodeTiming;

extern bool perfext_enabled;
extern int	perfext_track;
extern bool perfext_track_utility;
extern int	perfext_node_timing;
extern double perfext_overhead_target;	/* percent */
extern double perfext_what_if_target;	/* percent */
extern int	perfext_what_if_timeout;	/* milliseconds */
extern int	perfext_confirm_calls;
extern bool perfext_n_plus_one;
extern int	perfext_n_plus_one_threshold;
extern bool perfext_read_once;
extern int	perfext_job_gap;	/* seconds */
extern int	perfext_shared_memory;	/* kilobytes */
extern bool perfext_progress;
extern bool perfext_save;
extern int	perfext_save_interval;	/* seconds */

/* Least arena that works, in kilobytes; what is below is refused with a hint */
#define PFX_MIN_SHARED_MEMORY 2048

/* Changes whenever perfext_read_once does: what was kept before is of no use after */
extern uint64 pfx_reading;

extern void pfx_guc_define(void);

#endif							/* PFX_GUC_H */
