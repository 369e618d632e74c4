/*-------------------------------------------------------------------------
 *
 * kept.h
 *	  Rows of SQL functions that are kept while perfext.read_once is on.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_SQLAPI_KEPT_H
#define PFX_SQLAPI_KEPT_H

#include "funcapi.h"

/* What may be kept: one for each result that a function can have */
typedef enum PfxKept
{
	PFX_KEPT_STATEMENTS,
	PFX_KEPT_PLANS,				/* without the plans themselves */
	PFX_KEPT_SHOWN_PLANS,
	PFX_KEPT_NODES,
	PFX_KEPT_LOADS
} PfxKept;

#define PFX_NKEPT (PFX_KEPT_LOADS + 1)

/*
 * Fills an empty result with the rows that were kept; false: there are none, and
 * the caller reads them and gives them to pfx_keep.
 */
extern bool pfx_give_kept(PfxKept what, ReturnSetInfo *set);

/* Keeps the rows of a result, if they are to be kept and not too large */
extern void pfx_keep(PfxKept what, ReturnSetInfo *set);

/* What is kept is not so any more */
extern void pfx_forget_kept(void);

#endif							/* PFX_SQLAPI_KEPT_H */
