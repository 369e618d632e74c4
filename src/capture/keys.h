/*-------------------------------------------------------------------------
 *
 * keys.h
 *	  Which rows a statement asks for: the values that its plan compares columns
 *	  with, or writes, as hashes.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_KEYS_H
#define PFX_KEYS_H

#include "access/attnum.h"
#include "capture/identity.h"
#include "executor/execdesc.h"
#include "store/events.h"

typedef struct PfxKeys
{
	uint16		flags;			/* PFX_EV_..., as far as the plan tells */
	bool		has_number;		/* the first key that is an integer ... */
	int64		number;			/* ... and its value */
	uint32		keys[PFX_EVENT_KEYS];
	uint32		all;
} PfxKeys;

/* The column behind a key, and where its value stands */
typedef struct PfxKeyPlace
{
	Oid			relid;			/* the topmost parent of a partition */
	Oid			child;			/* the table that attnum is of */
	AttrNumber	attnum;
	Oid			other_relid;	/* the same of one more column that must be equal; 0: none */
	Oid			other_child;
	AttrNumber	other_attnum;
	bool		computed;		/* rows that tell of it may hold another value */
	int			location;		/* of the value in the source text, -1: not known */
	int			param;			/* then: number of the parameter, 0 not known */
} PfxKeyPlace;

/* After ExecutorStart: fills keys.  Takes no memory; memo may be NULL. */
extern void pfx_keys_find(QueryDesc *queryDesc, int location, int len, PfxPlanMemo *memo,
						  PfxKeys *keys);

/* The places of its keys, in their order; returns how many */
extern int	pfx_keys_places(QueryDesc *queryDesc, PfxKeyPlace *places);

#endif							/* PFX_KEYS_H */
