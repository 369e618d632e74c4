/*-------------------------------------------------------------------------
 *
 * largereads.h
 *	  Queries that read much: results that go to the client in one piece, and
 *	  large tables that are read in whole again and again.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_LARGEREADS_H
#define PFX_LARGEREADS_H

#include "executor/execdesc.h"
#include "store/store.h"

/* A query that took long enough ended well, executed in so many portions */
extern void pfx_large_read(QueryDesc *queryDesc, const PfxRef *ref, const PfxExecRecord *record,
						   int runs);

#endif							/* PFX_LARGEREADS_H */
