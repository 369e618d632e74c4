/*-------------------------------------------------------------------------
 *
 * describe.h
 *	  Putting a plan seen for the first time into words.
 *
 * Separate from planjson.h, which may raise errors; this never does.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_DESCRIBE_H
#define PFX_DESCRIBE_H

#include "capture/planwalk.h"
#include "store/store.h"

/* Renders the plan and stores it and its nodes at ref */
extern void pfx_describe_plan(QueryDesc *queryDesc, const PfxPlanShape *shape, PfxRef *ref);

#endif							/* PFX_DESCRIBE_H */
