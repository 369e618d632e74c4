/*-------------------------------------------------------------------------
 *
 * region.h
 *	  Parts of the arena for what is not a statement, a plan or a text.
 *
 * Each such kind is one file of the store, which owns its part of the arena,
 * with locks of its own, and describes itself by a PfxRegion.  region.c has the
 * table of them; laying out, saving, loading and resetting go over that table
 * and know nothing of a kind.
 *
 * The locks of regions come after all locks of arena.h in the order: whoever
 * holds one takes none of those.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_REGION_H
#define PFX_REGION_H

#include "postgres_ext.h"

typedef struct PfxRegion
{
	const char *name;			/* in the saved file, and of perfext.reset_kind() */
	uint32		version;		/* of what save() writes; others are not loaded */

	/* Bytes of an arena of this size that the region takes */
	Size		(*size) (Size arena_size);

	/*
	 * Called once in each process that makes or finds the arena.  fresh: all
	 * bytes are zero, and locks are to be initialized with the tranche.
	 */
	void		(*attach) (void *at, Size size, bool fresh, int tranche);

	/* Bytes in use; takes its own locks */
	Size		(*used) (void);

	/*
	 * What is to be kept over a restart, palloc'd; 0 bytes for nothing.  locked:
	 * locks are to be taken (the postmaster at its end can take none).  NULL for
	 * regions that keep nothing.
	 */
	Size		(*save) (char **data, bool locked);

	/* In the postmaster, before there is any backend; data are not aligned */
	void		(*load) (const char *data, Size len);

	/*
	 * Forgets; 0 stands for all.  NULL: there is nothing to forget.  This is what
	 * perfext.reset() and perfext.reset_kind() call.
	 */
	void		(*reset) (Oid userid, Oid dbid, uint64 queryid);
} PfxRegion;

/* One line for each region; the table of them is in region.c */
extern const PfxRegion pfx_events_region;
extern const PfxRegion pfx_findings_region;
extern const PfxRegion pfx_loads_region;
extern const PfxRegion pfx_progress_region;

extern Size pfx_regions_size(Size arena_size);
extern void pfx_regions_attach(char *at, Size arena_size, bool fresh, int tranche);
extern Size pfx_regions_used(void);
extern int	pfx_regions_count(void);
extern const PfxRegion *pfx_region(int i);
extern void pfx_region_changed(void);	/* something is to be saved */

#endif							/* PFX_REGION_H */
