/*-------------------------------------------------------------------------
 *
 * patterns.h
 *	  The pattern detector as the worker sees it: fed with events, it publishes
 *	  findings.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_PATTERNS_H
#define PFX_PATTERNS_H

#include "datatype/timestamp.h"
#include "store/events.h"

/* Once; all memory is below context */
extern void pfx_patterns_init(MemoryContext context);

/* Must not raise errors but for want of memory */
extern void pfx_patterns_feed(const PfxEventHead *event);

/* Publishes what is known now; with all even what may still go on */
extern void pfx_patterns_publish(TimestampTz now, bool all);

#endif							/* PFX_PATTERNS_H */
