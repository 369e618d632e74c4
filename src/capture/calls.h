/*-------------------------------------------------------------------------
 *
 * calls.h
 *	  What a client's CALL tells the detector of repeated statements.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_CALLS_H
#define PFX_CALLS_H

#include "nodes/parsenodes.h"
#include "store/events.h"
#include "store/store.h"

/* Kept from its start to its end: the statement's tree may be gone by then */
typedef struct PfxCall
{
	uint32		epoch;			/* 0: nobody wants to know */
	bool		counted;		/* one of many: just counted */
	bool		tagged;
	uint64		stream;
	uint16		flags;			/* PFX_EV_... */
	uint32		keys[PFX_EVENT_KEYS];	/* as in PfxEvent */
	uint32		all;
} PfxCall;

/* A client's CALL begins; tags as extracted from it */
extern void pfx_call_started(PfxCall *call, const CallStmt *stmt, const PfxRef *ref,
							 const char *tags, int tags_len);

/* It ended well */
extern void pfx_call_ended(const PfxCall *call, PfxRef *ref, TimestampTz started,
						   const PfxExecRecord *record);

#endif							/* PFX_CALLS_H */
