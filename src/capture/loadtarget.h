/*-------------------------------------------------------------------------
 *
 * loadtarget.h
 *	  The tables that loads of this backend fill, and what is known about them.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_LOADTARGET_H
#define PFX_LOADTARGET_H

#include "store/loads.h"

/* One load of this backend */
typedef struct PfxLoadSlot
{
	Oid			relid;			/* as the statement names it; of results, maybe none */
	uint16		operation;
	uint16		shape;
	bool		known;			/* target and name hold */
	bool		in_xact;		/* has rows in the transaction that is open */
	struct PfxLoadSlot *next_in_xact;
	int64		xact_rows;
	TimestampTz last_end;		/* 0: none so far */
	TimestampTz loop_start;		/* of the client's statement that ran the last nested one */
	int			loop_statements;	/* nested ones of it so far */
	PfxLoadTarget target;
	PfxLoadRef	ref;
} PfxLoadSlot;

/*
 * The slot of a load; NULL: not a user's table, or it cannot be looked at.
 * locked: the caller holds a lock on the table.
 */
extern PfxLoadSlot *pfx_load_slot(Oid relid, PfxLoadOperation operation, PfxLoadShape shape,
								  bool locked);

/* In loads.c.  The place is wanted: the load misses the commit of the open transaction */
extern void pfx_loads_leave_xact(PfxLoadSlot *slot);

#endif							/* PFX_LOADTARGET_H */
