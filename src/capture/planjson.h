/*-------------------------------------------------------------------------
 *
 * planjson.h
 *	  A plan's text: EXPLAIN (FORMAT JSON) without constants.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_PLANJSON_H
#define PFX_PLANJSON_H

#include "capture/planwalk.h"

/*
 * The plan as compact JSON text, '[{"Plan": {...}}]', palloc'd in the current
 * memory context; NULL when what EXPLAIN printed does not match the shape.
 * May ereport: the caller guards it in a subtransaction.
 */
extern char *pfx_plan_render(QueryDesc *queryDesc, const PfxPlanShape *shape);

#endif							/* PFX_PLANJSON_H */
