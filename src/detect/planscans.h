/*-------------------------------------------------------------------------
 *
 * planscans.h
 *	  Finds the scans of a plan, and how often each runs.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_PLANSCANS_H
#define PFX_PLANSCANS_H

#include "nodes/plannodes.h"

typedef struct PfxScanPlace
{
	double		loops;			/* as the planner expects them */
	const char *join;			/* type of the join right above, or NULL */
	bool		kept;			/* what a loop returns is kept for the next ones */
} PfxScanPlace;

/* indexid: of a scan that reads an index; of a bitmap's heap scan InvalidOid */
typedef void (*PfxScanCallback) (Plan *scan, Oid indexid, const PfxScanPlace *place, void *arg);

extern void pfx_walk_scans(const PlannedStmt *pstmt, PfxScanCallback callback, void *arg);

#endif							/* PFX_PLANSCANS_H */
