/*-------------------------------------------------------------------------
 *
 * constants.h
 *	  Which of a query's constants are its own, and which are this execution's.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_CONSTANTS_H
#define PFX_CONSTANTS_H

#include "nodes/params.h"
#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"

/* Of so many constants of a query it is known whether they differ between executions */
#define PFX_MAX_CONSTANTS 32

/*
 * A fingerprint of each of the query's constants, in the order in which they stand; 0:
 * there is none.  A part of the query that is made of constants alone counts as one.
 */
extern void pfx_constants_of(Query *query, uint8 *fingerprints);

/*
 * From now on, until the reset, these are in doubt: the constants of the query that are
 * set in the mask, and what its parameters are now.  Allocates in the current context.
 */
extern void pfx_constants_doubt(Query *query, ParamListInfo params, uint32 varying);
extern void pfx_constants_reset(void);

/* Might an expression of a plan, or a part of it, be one of those? */
extern bool pfx_is_doubted(Node *expr);

/* Which of the query's constants it is made of, as a mask */
extern uint32 pfx_constants_in(Node *expr);

#endif							/* PFX_CONSTANTS_H */
