/*-------------------------------------------------------------------------
 *
 * follow_server.h
 *	  Following a command that the server itself reports the progress of.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_FOLLOW_SERVER_H
#define PFX_FOLLOW_SERVER_H

#include "store/progress.h"

/* All may be called by a signal handler */
extern PfxProgressKind pfx_follow_server_kind(int command);
extern bool pfx_follow_server_knows_table(const PfxProgress *progress);
extern void pfx_follow_server_phases(PfxProgress *progress);
extern void pfx_follow_server_look(PfxProgress *progress, int64 events);

#endif							/* PFX_FOLLOW_SERVER_H */
