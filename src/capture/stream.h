/*-------------------------------------------------------------------------
 *
 * stream.h
 *	  Whose statements these are: which ones belong together over all backends.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_STREAM_H
#define PFX_STREAM_H

#include "perfext.h"

/*
 * The stream of a statement with these tags, as pfx_tags_extract() leaves them;
 * adds PFX_EV_TRACED and PFX_EV_SILENCED to flags.  Tells the reader what stream
 * that is, unless this backend did so in this epoch.
 */
extern uint64 pfx_stream_of(const PfxStmtKey *key, const char *tags, int len, uint32 epoch,
							uint16 *flags);

/* A SET is executed: role or application_name may be others now, and again when it is undone */
extern void pfx_stream_set(void);

/* The transaction in which that happened; none: nothing has changed since pfx_stream_lasts() */
extern LocalTransactionId pfx_stream_unsure;

/* Is it still the same for this statement, as far as that is known without its tags? */
extern bool pfx_stream_lasts(const PfxStmtKey *key);

/* Does one of the tags say perfext:ok? */
extern bool pfx_stream_silenced(const char *tags, int len);

#endif							/* PFX_STREAM_H */
